import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openS3, type S3Config, type S3Location } from '@crp-serve/storage'
import type { FileSource } from '../files.ts'
import { type DatasetSummary, writeIndex } from '../index-file.ts'
import { directorySource } from '../sources/directory.ts'
import { objectSource } from '../sources/objects.ts'
import { type ZipLimits, zipSource } from '../sources/zip.ts'
import { buildIndex } from './build-index.ts'

/** Where the files of a new data set are; places were held against the roots already. */
export type BuildSource =
  | { readonly zip: string; readonly limits: ZipLimits }
  | { readonly directory: string }
  | { readonly s3: S3Location; readonly config: S3Config }

export interface BuildRequest {
  readonly source: BuildSource
  /** An existing folder that takes the index and the pack. */
  readonly folder: string
  /** Names of the model's outputs, where they were given. */
  readonly classes?: readonly string[] | undefined
}

/** Files of a data set that is being built. */
export const builtIndex = (folder: string): string => join(folder, 'index.npz')
export const builtPack = (folder: string): string => join(folder, 'data.bin')

async function filesOf({ source, folder }: BuildRequest): Promise<FileSource> {
  if ('zip' in source) return await zipSource(source.zip, builtPack(folder), source.limits)
  if ('directory' in source) return await directorySource(source.directory)
  return await objectSource(await openS3(source.config, source.s3))
}

/**
 * Looks through the files of a new data set and writes its index, and the pack of an archive. It reads hostile bytes and
 * takes its time: call it in a child process.
 * @throws DatasetError `dataset-unreadable`, `dataset-invalid`, `dataset-empty`, `dataset-too-large`,
 * `dataset-place-missing`
 */
export async function buildDataset(request: BuildRequest): Promise<DatasetSummary> {
  const index = await buildIndex(await filesOf(request), request.classes)
  await writeFile(builtIndex(request.folder), writeIndex(index))
  return index.summary
}
