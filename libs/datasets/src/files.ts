/** A file of a data set before it is one. */
export interface SourceFile {
  /** Relative to the data set, with slashes. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Milliseconds of its last change; 0 where it cannot change. */
  readonly modified: number
  /** Of an object in a store: another one when its bytes are others. */
  readonly version?: string
  /** Where it begins in the pack; 0 for a file of its own. */
  readonly offset: number
  /** SHA-256 of its bytes, where they were read. */
  readonly digest?: string
}

/** The files of a data set, in a directory, below an S3 prefix, or out of an archive. */
export interface FileSource {
  /** In the byte order of their paths. */
  readonly files: readonly SourceFile[]
  /** How many others there were. */
  readonly ignored: number
  /** A part of a file, or all of it. Throws where the file is shorter. */
  read(file: SourceFile, start?: number, length?: number): Promise<Uint8Array>
}

export const manifestName = 'manifest.jsonl'
export const dataName = 'data.npy'
export const labelsName = 'labels.npy'

const imagePattern = /\.(jpe?g|png|webp)$/i

/** Whether a file is taken for an image: by its name, as the formats that can be decoded are named. */
export const isImagePath = (path: string): boolean => imagePattern.test(path)

/** Whether a file can be a part of a data set; hidden files and those that macOS leaves in archives are not. */
export function isWanted(path: string): boolean {
  if (path.split('/').some((segment) => segment.startsWith('.') || segment === '__MACOSX')) return false
  return isImagePath(path) || /(^|\/)(manifest\.jsonl|data\.npy|labels\.npy)$/.test(path)
}

/** Sorts files by the UTF-8 bytes of their paths. */
export function inByteOrder<T extends { readonly path: string }>(files: readonly T[]): T[] {
  return files
    .map((file) => ({ file, bytes: Buffer.from(file.path) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ file }) => file)
}
