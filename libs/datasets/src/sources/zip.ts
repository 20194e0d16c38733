import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { isKey } from '@crp-serve/storage'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { DatasetError } from '../errors.ts'
import { type FileSource, inByteOrder, isWanted, type SourceFile } from '../files.ts'

/** How much an archive may hold. */
export interface ZipLimits {
  /** Bytes of all files together, uncompressed. */
  readonly maxBytes: number
  readonly maxEntries: number
}

/** Photographs do not get smaller, and arrays of labels are short: what grows more than this is made to do harm. */
const maxRatio = 200
/** Up to here any ratio is fine. */
const harmlessBytes = 64 * 2 ** 20

const invalid = (path: string, message: string) =>
  new DatasetError(
    'dataset-invalid',
    `The archive holds ${JSON.stringify(path.slice(0, 300))}, ${message}.`,
    {
      details: { path: path.slice(0, 300) },
    },
  )

/** The parser's words for a file that has no end of an archive. */
const noArchive = /end of central directory/i

const unreadable = (reason: string, cause?: unknown) =>
  new DatasetError('dataset-unreadable', `The archive cannot be read: ${reason}.`, { cause })

/** What the parser says of names that lead outside. */
const badName = /absolute path|invalid relative path|invalid characters/

function fromParser(error: unknown): DatasetError {
  const reason = error instanceof Error ? error.message : String(error)
  if (noArchive.test(reason)) return unreadable('it is not a .zip file, or is cut off', error)
  if (!badName.test(reason)) return unreadable(reason, error)
  return new DatasetError('dataset-invalid', `The archive leads outside itself: ${reason}.`, { cause: error })
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, validateEntrySizes: true, strictFileNames: true }
    yauzl.open(path, options, (error, zip) => (error ? reject(fromParser(error)) : resolve(zip)))
  })
}

/** The entries of an archive, one by one. */
async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      const settle = (then: () => void) => {
        zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error')
        then()
      }
      zip.once('entry', (found) => settle(() => resolve(found)))
      zip.once('end', () => settle(() => resolve(undefined)))
      zip.once('error', (error) => settle(() => reject(fromParser(error))))
      zip.readEntry()
    })
    if (entry === undefined) return
    yield entry
  }
}

const typeMask = 0o170_000
const fileType = 0o100_000
const folderType = 0o040_000

/** Refuses what is neither a file nor a folder, and names that no store takes. */
function checkEntry(entry: Entry): void {
  const path = entry.fileName
  const type = (entry.externalFileAttributes >>> 16) & typeMask
  if (type !== 0 && type !== fileType && type !== folderType) {
    throw invalid(path, 'which is a link or a device; a data set takes files and folders only')
  }
  if (!isKey(path.replace(/\/$/, ''))) throw invalid(path, 'whose name no file of a data set can have')
  if (entry.isEncrypted()) throw unreadable(`${path} is encrypted`)
}

function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(fromParser(error)) : resolve(stream)))
  })
}

/** Sums up what was taken out, and stops what grows too much. */
class Budget {
  readonly #limits: ZipLimits
  #entries = 0
  #compressed = 0
  #bytes = 0

  constructor(limits: ZipLimits) {
    this.#limits = limits
  }

  countEntry(): void {
    this.#entries += 1
    if (this.#entries <= this.#limits.maxEntries) return
    const message = `The archive has more than ${this.#limits.maxEntries} entries.`
    throw new DatasetError('dataset-too-large', message, {
      details: { max_entries: this.#limits.maxEntries },
    })
  }

  /** Before anything of the entry is decompressed: the parser holds it to the size that it gives. */
  take({ fileName, compressedSize, uncompressedSize }: Entry): void {
    this.#compressed += compressedSize
    this.#bytes += uncompressedSize
    if (this.#bytes > this.#limits.maxBytes) {
      const message = `The archive holds more than ${this.#limits.maxBytes} bytes.`
      throw new DatasetError('dataset-too-large', message, { details: { max_bytes: this.#limits.maxBytes } })
    }
    if (this.#bytes > harmlessBytes && this.#bytes > maxRatio * this.#compressed) {
      throw invalid(fileName, `and grows more than ${maxRatio} times when it is decompressed`)
    }
  }
}

/** Appends an entry to the pack. */
async function unpack(zip: ZipFile, entry: Entry, pack: FileHandle, offset: number): Promise<SourceFile> {
  const hash = createHash('sha256')
  let size = 0
  let checksum = 0
  try {
    for await (const chunk of (await openEntry(zip, entry)) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      checksum = crc32(chunk, checksum)
      await pack.appendFile(chunk)
      size += chunk.length
    }
  } catch (error) {
    if (error instanceof DatasetError || isOfDisk(error)) throw error
    throw unreadable(`${entry.fileName}: ${(error as Error).message}`, error)
  }
  if (checksum !== entry.crc32) throw unreadable(`${entry.fileName} is damaged`)
  return { path: entry.fileName, size, modified: 0, offset, digest: hash.digest('hex') }
}

const isOfDisk = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EIO'].includes(String((error as { code?: unknown }).code))

/** Leaves out a folder around everything, as archives of a folder have it. */
function withoutWrapper(files: readonly SourceFile[]): SourceFile[] {
  const [wrapper] = files[0]?.path.split('/') ?? []
  const all = files.every(({ path }) => path.startsWith(`${wrapper}/`))
  const isClass = files.some(({ path }) => path.split('/').length === 2)
  const isRoot = files.some(({ path }) => /^[^/]+\/(manifest\.jsonl|data\.npy)$/.test(path))
  if (!all || (isClass && !isRoot)) return [...files]
  return files.map((file) => ({ ...file, path: file.path.slice(wrapper!.length + 1) }))
}

/**
 * Takes the files of a data set out of an archive, one after the other into one file, the pack. Nothing else is written,
 * so that no name of the archive ever becomes a path.
 * @param path of the archive
 * @param packPath of a file that does not exist
 * @param isTaken which paths are taken out; the others are counted
 * @throws DatasetError `dataset-unreadable`, `dataset-invalid`, `dataset-too-large`
 */
export async function zipSource(
  path: string,
  packPath: string,
  limits: ZipLimits,
  isTaken: (path: string) => boolean = isWanted,
): Promise<FileSource> {
  const zip = await openZip(path)
  const pack = await open(packPath, 'wx')
  const budget = new Budget(limits)
  const files = new Map<string, SourceFile>()
  let ignored = 0
  let offset = 0
  try {
    for await (const entry of entriesOf(zip)) {
      budget.countEntry()
      checkEntry(entry)
      if (entry.fileName.endsWith('/')) continue
      if (files.has(entry.fileName)) throw invalid(entry.fileName, 'twice')
      if (!isTaken(entry.fileName)) {
        ignored++
        continue
      }
      budget.take(entry)
      const file = await unpack(zip, entry, pack, offset)
      files.set(file.path, file)
      offset += file.size
    }
  } finally {
    zip.close()
    await pack.close()
  }
  return {
    files: inByteOrder(withoutWrapper([...files.values()])),
    ignored,
    read: (file, start = 0, length = file.size - start) => readPart(packPath, file.offset + start, length),
  }
}

async function readPart(path: string, start: number, length: number): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; ) {
      const { bytesRead } = await file.read(bytes, at, length - at, start + at)
      if (bytesRead === 0) throw new Error(`the pack ends before ${start + length}`)
      at += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}
