import { realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { parseS3Url, type S3Location } from '@crp-serve/storage'
import { codeOf, DatasetError } from '../errors.ts'

const isS3 = (root: string): boolean => root.startsWith('s3://')

function isBelow(path: string, root: string): boolean {
  const way = relative(root, path)
  return way === '' || (!isAbsolute(way) && way.split(/[\\/]/)[0] !== '..')
}

function notAllowed(what: string, pointer: string): DatasetError {
  const message = `${what} lies below none of the places in DATASET_ROOTS of this service; upload the data set as .zip, or ask its operator.`
  return new DatasetError('dataset-place-not-allowed', message, { pointer })
}

const missing = (what: string, pointer: string, cause?: unknown): DatasetError =>
  new DatasetError('dataset-place-missing', `${what} does not exist or cannot be read.`, { pointer, cause })

async function realOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG'].includes(String(codeOf(error))))
      return undefined
    throw error
  }
}

/**
 * The real path of a directory below one of the roots; a relative one is looked for in each root.
 * @throws DatasetError `dataset-place-not-allowed`, `dataset-place-missing`
 */
export async function allowedDirectory(given: string, roots: readonly string[]): Promise<string> {
  const pointer = '/source/directory'
  const folders = roots.filter((root) => !isS3(root)).map((root) => resolve(root))
  const text = `The directory ${JSON.stringify(given)}`
  if (given.includes('\0')) throw missing(text, pointer)
  const candidates = isAbsolute(given) ? [resolve(given)] : folders.map((root) => join(root, given))
  const inside = candidates.filter((path) => folders.some((root) => isBelow(path, root)))
  if (inside.length === 0) throw notAllowed(text, pointer)
  for (const path of inside) {
    const real = await realOrUndefined(path)
    if (real === undefined) continue
    const realRoots = await Promise.all(folders.map(realOrUndefined))
    if (realRoots.some((root) => root !== undefined && isBelow(real, root))) return real
    throw notAllowed(text, pointer)
  }
  throw missing(text, pointer)
}

/**
 * A place in S3 below one of the roots.
 * @param given `bucket/prefix`, with `s3://` or without
 * @throws DatasetError `dataset-place-not-allowed`, `dataset-place-missing` for what is no such place
 */
export function allowedS3(given: string, roots: readonly string[]): S3Location {
  const pointer = '/source/s3'
  let place: S3Location
  try {
    place = parseS3Url(given)
  } catch (cause) {
    throw new DatasetError('dataset-place-missing', (cause as Error).message, { pointer, cause })
  }
  const covers = ({ bucket, prefix }: S3Location) =>
    bucket === place.bucket && (prefix === '' || `${place.prefix}/`.startsWith(`${prefix}/`))
  if (roots.filter(isS3).map(parseS3Url).some(covers)) return place
  throw notAllowed(`The place ${JSON.stringify(given)} in S3`, pointer)
}
