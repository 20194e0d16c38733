/** What can go wrong with a stored object or an array file, as stable codes. */
export type StorageErrorCode =
  /** A key that no driver accepts. */
  | 'object-key-invalid'
  | 'object-not-found'
  /** The object has another version than the one that is asked for. */
  | 'object-changed'
  /** A range that is not in the object. */
  | 'object-range-invalid'
  /** In the file system one key is a folder of the other, as `a` and `a/b`. */
  | 'object-key-conflict'
  /** A cursor or a limit that `list` cannot use. */
  | 'list-page-invalid'
  /** A presigned link that no server would honour. */
  | 'link-invalid'
  /** The address of the store is none that can be opened. */
  | 'store-url-invalid'
  /** The store does not answer, or fails; trying again can help. */
  | 'store-unavailable'
  | 'store-full'
  /** The store, or the file system, refuses what it is asked with the rights that it is asked with. */
  | 'store-access-denied'
  | 'store-bucket-missing'
  /** Not a .npy file, or one that contradicts itself. */
  | 'npy-invalid'
  /** A .npy file that ends too early. */
  | 'npy-truncated'
  /** A .npy file of a kind that is not read: Fortran order, big-endian, objects, other types. */
  | 'npy-not-supported'
  /** Not a .npz file, or a damaged one. */
  | 'npz-invalid'
  /** The arrays of a .npz file are larger than the reader allows. */
  | 'npz-too-large'

/** The error of this library. Test `code`, not the class: errors cross processes by structure. */
export class StorageError extends Error {
  readonly code: StorageErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: StorageErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: { readonly cause: unknown },
  ) {
    super(message, options)
    this.name = 'StorageError'
    this.code = code
    this.details = details
  }
}

/** Whether an error, of this library or of Node, has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** The error of reading what is not there. */
export const notFound = (key: string): StorageError =>
  new StorageError('object-not-found', `There is no object ${JSON.stringify(key)}.`, { key })

/** The error of reading a version that is no more. */
export const objectChanged = (key: string): StorageError =>
  new StorageError('object-changed', `The object ${JSON.stringify(key)} has changed.`, { key })

/** The error of reading beyond the end of an object. */
export const rangeInvalid = (key: string, start: number, length: number): StorageError => {
  const message = `The object ${JSON.stringify(key)} does not hold the bytes ${start} to ${start + length}.`
  return new StorageError('object-range-invalid', message, { key, start, length })
}
