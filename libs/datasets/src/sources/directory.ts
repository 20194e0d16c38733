import { constants, type Dirent } from 'node:fs'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, DatasetError } from '../errors.ts'
import { type FileSource, inByteOrder, isWanted, type SourceFile } from '../files.ts'

/** What has to be as it was when a file is read. */
export type KnownFile = Pick<SourceFile, 'path' | 'size' | 'modified'>

/** Files whose sizes are asked for at the same time. */
const concurrentStats = 64

function refuseLink(path: string): never {
  const message = `${path} is a symbolic link; a data set takes files and folders only.`
  throw new DatasetError('dataset-invalid', message, { details: { path } })
}

async function* pathsBelow(root: string, folder = ''): AsyncGenerator<string> {
  const entries: Dirent[] = await readdir(join(root, folder), { withFileTypes: true })
  for (const entry of entries) {
    const path = folder + entry.name
    if (entry.name.startsWith('.')) continue
    if (entry.isSymbolicLink()) refuseLink(path)
    if (entry.isDirectory()) yield* pathsBelow(root, `${path}/`)
    else if (entry.isFile()) yield path
  }
}

async function describe(root: string, path: string): Promise<SourceFile> {
  const { size, mtimeMs } = await stat(join(root, path))
  return { path, size, modified: mtimeMs, offset: 0 }
}

async function describeAll(root: string, paths: readonly string[]): Promise<SourceFile[]> {
  const files: SourceFile[] = []
  for (let at = 0; at < paths.length; at += concurrentStats) {
    const chunk = paths.slice(at, at + concurrentStats)
    files.push(...(await Promise.all(chunk.map((path) => describe(root, path)))))
  }
  return files
}

/** The files of a directory. Throws `dataset-invalid` for a symbolic link, `dataset-place-missing`. */
export async function directorySource(root: string): Promise<FileSource> {
  const paths: string[] = []
  let ignored = 0
  try {
    for await (const path of pathsBelow(root)) isWanted(path) ? paths.push(path) : ignored++
    const files = inByteOrder(await describeAll(root, paths))
    return { files, ignored, read: (file, start, length) => readKnown(root, file, start, length) }
  } catch (cause) {
    if (!['ENOENT', 'ENOTDIR', 'EACCES'].includes(String(codeOf(cause)))) throw cause
    const message = 'The directory, or a part of it, does not exist or cannot be read.'
    throw new DatasetError('dataset-place-missing', message, { pointer: '/source/directory', cause })
  }
}

/** The error of a file that is not what it was. */
export const changed = (path: string): DatasetError =>
  new DatasetError(
    'dataset-changed',
    `${path} is gone or has changed since the data set was registered; delete the data set and register it anew.`,
    { details: { path } },
  )

async function openKnown(root: string, { path, size, modified }: KnownFile): Promise<FileHandle> {
  let file: FileHandle
  try {
    file = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(String(codeOf(error)))) throw changed(path)
    throw error
  }
  const info = await file.stat()
  if (info.isFile() && info.size === size && info.mtimeMs === modified) return file
  await file.close()
  throw changed(path)
}

/** Reads a file, or a part of it. Throws `dataset-changed` where it is not as it was. */
export async function readKnown(
  root: string,
  known: KnownFile,
  start = 0,
  length = known.size - start,
): Promise<Uint8Array> {
  const file = await openKnown(root, known)
  try {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; ) {
      const { bytesRead } = await file.read(bytes, at, length - at, start + at)
      if (bytesRead === 0) throw changed(known.path)
      at += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}
