import type { ObjectInfo, ObjectStore } from '@crp-serve/storage'
import { codeOf, DatasetError } from '../errors.ts'
import { type FileSource, isWanted, type SourceFile } from '../files.ts'
import { changed } from './directory.ts'

async function* allObjects(store: ObjectStore): AsyncGenerator<ObjectInfo> {
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await store.list('', cursor === undefined ? {} : { cursor })
    yield* page.objects
    cursor = page.cursor
    more = cursor !== undefined
  }
}

/**
 * The objects below a prefix.
 * @param store whose keys are relative to the prefix
 * @throws DatasetError `dataset-place-missing` where there are none
 */
export async function objectSource(store: ObjectStore): Promise<FileSource> {
  const files: SourceFile[] = []
  let ignored = 0
  for await (const { key, size, modified, version } of allObjects(store)) {
    if (isWanted(key)) files.push({ path: key, size, modified: modified.getTime(), version, offset: 0 })
    else ignored++
  }
  if (files.length === 0 && ignored === 0) {
    const message = 'No object starts with this prefix.'
    throw new DatasetError('dataset-place-missing', message, { pointer: '/source/s3' })
  }
  return { files, ignored, read: (file, start, length) => readObject(store, file, start, length) }
}

/** What the store says where an object is not what it was. */
const changes: readonly unknown[] = ['object-not-found', 'object-range-invalid', 'object-changed']

/** Reads an object, or a part of it. Throws `dataset-changed` where it is gone or has other bytes. */
export async function readObject(
  store: ObjectStore,
  { path, size, version }: Pick<SourceFile, 'path' | 'size' | 'version'>,
  start = 0,
  length = size - start,
): Promise<Uint8Array> {
  try {
    if (start !== 0 || length !== size) return await store.range(path, start, length, version)
    const bytes = await store.get(path, version)
    if (bytes.length === size) return bytes
  } catch (error) {
    if (!changes.includes(codeOf(error))) throw error
  }
  throw changed(path)
}
