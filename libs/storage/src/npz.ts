import { unzipSync } from 'fflate'
import { StorageError } from './errors.ts'
import { readNpy, writeNpy } from './npy.ts'
import { storedZip } from './stored-zip.ts'
import type { Tensor } from './tensor.ts'

/** What stands in a .npz file by name: an array (`<name>.npy` in the archive) or any other file as bytes. */
export type NpzEntries = Readonly<Record<string, Tensor | Uint8Array>>

/**
 * Writes a .npz file as `numpy.savez` does: an uncompressed zip. `numpy.load` gives arrays for tensors and `bytes` for
 * the rest. Equal entries give equal bytes.
 * @throws StorageError as `storedZip` and `writeNpy`
 */
export function writeNpz(entries: NpzEntries): Uint8Array {
  const files = Object.entries(entries).map(([name, entry]) =>
    entry instanceof Uint8Array
      ? { name, parts: [entry] }
      : { name: npyName(name), parts: [writeNpy(entry)] },
  )
  const { buffer, byteOffset, length } = Buffer.concat(storedZip(files))
  return new Uint8Array(buffer, byteOffset, length)
}

/** The name of an array's file in a .npz file. */
export const npyName = (array: string): string => `${array}.npy`

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
