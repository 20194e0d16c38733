import { stat } from 'node:fs/promises'
import { StorageError, type StorageErrorCode } from './errors.ts'

/** What the file system says where a key has no object: nothing there, a file on the way, a folder in its place. */
export const noObject = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ERR_FS_EISDIR'] as const

/** What the file system says where it is the disk or its rights that are wrong. */
const failures: Readonly<Record<string, readonly [code: StorageErrorCode, sentence: string]>> = {
  ENOSPC: ['store-full', 'The disk of the object store is full.'],
  EDQUOT: ['store-full', 'The quota of the object store on its disk is used up.'],
  EACCES: ['store-access-denied', 'The files of the object store may not be used by this process.'],
  EPERM: ['store-access-denied', 'The files of the object store may not be used by this process.'],
  EROFS: ['store-access-denied', 'The disk of the object store is read-only.'],
  EIO: ['store-unavailable', 'The disk of the object store fails.'],
  ESTALE: ['store-unavailable', 'The disk of the object store is gone.'],
}

/** An error of the file system as one of this library; anything else stays as it is. */
export function storeError(error: unknown): unknown {
  const [code, sentence] = failures[String((error as { code?: unknown }).code)] ?? []
  return code === undefined ? error : new StorageError(code, sentence!, {}, { cause: error })
}

/** Whether there is a folder. */
export async function isFolder(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined)
  return info?.isDirectory() ?? false
}

/** The error of a key that is a folder of another one, or has one as a folder. */
export function conflict(key: string): StorageError {
  const message = `The key ${JSON.stringify(key)} has another object's key as a folder, or is one.`
  return new StorageError('object-key-conflict', message, { key })
}
