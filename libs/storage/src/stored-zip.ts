import { crc32 } from 'node:zlib'
import { StorageError } from './errors.ts'

/** A file of an archive: parts that stand one after the other. */
export interface ZipFile {
  readonly name: string
  readonly parts: readonly Uint8Array[]
}

/** Dates are the format's first day, 1980-01-01, so that equal content gives equal bytes. */
const firstDay = 0x21

/** Version 2.0 of the format. */
const version = 20

/** Bit 11 of the flags: names are UTF-8. */
const utf8Names = 1 << 11

/** Sizes and offsets have four bytes, numbers of files two; all ones mean zip64. */
const limits = { bytes: 2 ** 32 - 2, files: 2 ** 16 - 2 } as const

/** A local header without the name. */
const headBytes = 30

/** Fields of 2 or 4 bytes, little-endian, one after the other. */
function fields(...list: readonly (readonly [value: number, size: 2 | 4])[]): Buffer {
  const bytes = Buffer.alloc(list.reduce((sum, [, size]) => sum + size, 0))
  let at = 0
  for (const [value, size] of list) at = bytes.writeUIntLE(value, at, size)
  return bytes
}

/** What the local header and the central directory both say of a file. */
const described = (name: Buffer, size: number, checksum: number): Buffer =>
  fields(
    [version, 2],
    [utf8Names, 2],
    [0, 2],
    [0, 2],
    [firstDay, 2],
    [checksum, 4],
    [size, 4],
    [size, 4],
    [name.length, 2],
    [0, 2],
  )

const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0)

/**
 * A zip archive without compression (APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16; no zip64), as chunks to be written one after the other.
 * The parts of the files are among them, not copies. Of libraries, fflate takes 4 ms a MB for it, nearly all for checksums in
 * JavaScript; this takes 0.3.
 * @throws StorageError `npz-too-large` beyond 4 GiB or 65534 files
 */
export function storedZip(files: readonly ZipFile[]): Uint8Array[] {
  const size = files.reduce(
    (sum, { name, parts }) => sum + headBytes + Buffer.byteLength(name) + sizeOf(parts),
    0,
  )
  if (size > limits.bytes || files.length > limits.files)
    throw new StorageError('npz-too-large', 'The archive is over 4 GiB or 65534 files.')
  const chunks: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { name, parts } of files) {
    const nameBytes = Buffer.from(name)
    const checksum = parts.reduce((sum, part) => crc32(part, sum), 0)
    const about = described(nameBytes, sizeOf(parts), checksum)
    const head = [fields([0x04034b50, 4]), about, nameBytes]
    directory.push(
      fields([0x02014b50, 4], [version, 2]),
      about,
      fields([0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]),
      nameBytes,
    )
    chunks.push(...head, ...parts)
    offset += sizeOf(head) + sizeOf(parts)
  }
  const count = files.length
  const end = fields(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [sizeOf(directory), 4],
    [offset, 4],
    [0, 2],
  )
  return [...chunks, ...directory, end].filter(({ length }) => length > 0)
}
