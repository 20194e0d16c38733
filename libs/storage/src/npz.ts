import { unzipSync, type Zippable, zipSync } from 'fflate'
import { StorageError } from './errors.ts'
import { readNpy, writeNpy } from './npy.ts'
import type { Tensor } from './tensor.ts'

/** What stands in a .npz file by name: an array (`<name>.npy` in the archive) or any other file as bytes. */
export type NpzEntries = Readonly<Record<string, Tensor | Uint8Array>>

/** Zip entries carry a date; a fixed one, the format's first day, makes equal content give equal bytes. */
const noDate = new Date(1980, 0, 1)

/**
 * Writes a .npz file as `numpy.savez` does: an uncompressed zip. `numpy.load` gives arrays for tensors and `bytes` for
 * the rest. Up to 4 GiB (no zip64).
 */
export function writeNpz(entries: NpzEntries): Uint8Array {
  const files: Zippable = {}
  for (const [name, entry] of Object.entries(entries)) {
    if (entry instanceof Uint8Array) files[name] = entry
    else files[`${name}.npy`] = writeNpy(entry)
  }
  return zipSync(files, { level: 0, mtime: noDate })
}

/**
 * Reads a .npz file, stored or compressed.
 * @param maxBytes largest sum of the uncompressed sizes, checked before anything is decompressed
 * @throws StorageError `npz-invalid`, `npz-too-large`, and what `readNpy` throws
 */
export function readNpz(bytes: Uint8Array, maxBytes: number): NpzEntries {
  const entries: Record<string, Tensor | Uint8Array> = {}
  for (const [name, file] of Object.entries(unzip(bytes, maxBytes))) {
    if (name.endsWith('.npy')) entries[name.slice(0, -'.npy'.length)] = readNpy(file)
    else entries[name] = file
  }
  return entries
}

function unzip(bytes: Uint8Array, maxBytes: number): Record<string, Uint8Array> {
  let total = 0
  try {
    return unzipSync(bytes, {
      filter: ({ originalSize }) => {
        total += originalSize
        if (total > maxBytes) {
          const message = `The arrays of the .npz file have more than ${maxBytes} bytes.`
          throw new StorageError('npz-too-large', message, { max_bytes: maxBytes })
        }
        return true
      },
    })
  } catch (cause) {
    if (cause instanceof StorageError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StorageError(
      'npz-invalid',
      `The .npz file is not a zip or is damaged: ${reason}.`,
      {},
      { cause },
    )
  }
}
