import { type ObjectStore, openS3, type S3Config } from '@crp-serve/storage'
import type { SourceFile } from '../files.ts'
import { type DatasetRecord, packKey } from '../record.ts'
import { readKnown } from '../sources/directory.ts'
import { readObject } from '../sources/objects.ts'
import { allowedDirectory, allowedS3 } from '../sources/places.ts'

/** A file of a data set as its index has it. */
export type IndexedFile = Omit<SourceFile, 'digest'>

/** Reads a part of a file. Throws `dataset-changed`, and what the store throws. */
export type ReadFile = (file: IndexedFile, start: number, length: number) => Promise<Uint8Array>

/** What data sets are read with. */
export interface DatasetContext {
  /** Where names, indices and uploads are kept. */
  readonly store: ObjectStore
  /** How data sets in S3 are reached. */
  readonly s3: S3Config
  /** Folders and `s3://bucket/prefix` places below which data sets may lie. */
  readonly roots: readonly string[]
}

/**
 * How the samples of a data set are read. Places are held against the roots again: they may have changed.
 * @throws DatasetError `dataset-place-not-allowed`, `dataset-place-missing`
 */
export async function readerOf(
  record: DatasetRecord,
  { store, s3, roots }: DatasetContext,
): Promise<ReadFile> {
  const { source } = record
  if ('directory' in source) {
    const root = await allowedDirectory(source.directory, roots)
    return (file, start, length) => readKnown(root, file, start, length)
  }
  if ('s3' in source) {
    const place = await openS3(s3, allowedS3(source.s3, roots))
    return (file, start, length) => readObject(place, file, start, length)
  }
  const pack = packKey(record)
  return (file, start, length) => store.range(pack, file.offset + start, length)
}
