import type { Readable } from 'node:stream'

/** The bytes of an object: whole, or as they come. */
export type ObjectBody = Uint8Array | AsyncIterable<Uint8Array>

export interface ObjectInfo {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly modified: Date
  /** Another one when the bytes are others; '' where the store tells none. */
  readonly version: string
}

export interface ObjectPage {
  /** In the order of the keys' UTF-8 bytes. */
  readonly objects: readonly ObjectInfo[]
  /** Where the next page starts; absent on the last one. */
  readonly cursor?: string
}

export interface ListOptions {
  /** The `cursor` of the page before. */
  readonly cursor?: string
  /** Most objects on the page, 1 to 1000 (default). */
  readonly limit?: number
}

/**
 * A store of whole objects under string keys (see `checkKey`). An object is either absent or complete: readers never
 * see a part, and when a body fails on the way nothing remains. Methods throw a `StorageError` with
 * `object-key-invalid` for a bad key and `object-not-found` where there is nothing to read; and `store-unavailable`,
 * `store-full`, `store-access-denied` or `store-bucket-missing` where the store itself fails. After `store-unavailable`
 * it is not known whether a write has happened.
 */
export interface ObjectStore {
  /** Writes an object; an earlier one is replaced at once. Durable when it resolves. */
  put(key: string, body: ObjectBody): Promise<void>
  /**
   * Writes several objects as `put` does, some at the same time: each is durable when it resolves. Where it fails, any of them
   * may have been written.
   */
  putAll(objects: readonly (readonly [key: string, bytes: Uint8Array])[]): Promise<void>
  /** Writes an object if there is none: true for exactly one of several racing writers. Durable when it resolves. */
  putIfAbsent(key: string, body: ObjectBody): Promise<boolean>
  /**
   * @param version that the object must have
   * @throws StorageError `object-changed` where it has another one
   */
  get(key: string, version?: string): Promise<Uint8Array>
  /** A stream of the object as it is now, whatever is written meanwhile. It must be read to its end or destroyed. */
  stream(key: string): Promise<Readable>
  /**
   * A part of an object.
   * @param start first byte
   * @param length bytes
   * @param version that the object must have
   * @throws StorageError `object-range-invalid` where the object ends before, `object-changed` where it has another version
   */
  range(key: string, start: number, length: number, version?: string): Promise<Uint8Array>
  head(key: string): Promise<ObjectInfo>
  exists(key: string): Promise<boolean>
  /** The objects whose keys start with `prefix`, which may end inside a segment. */
  list(prefix: string, options?: ListOptions): Promise<ObjectPage>
  /** Removes an object; no error if there is none. */
  delete(key: string): Promise<void>
  /**
   * Removes everything below a folder of keys that nobody writes to any more. In the file system that takes what killed
   * writers have left there with it; S3 removes unfinished uploads by the rules of the bucket.
   * @param folder whole segments with a slash at the end
   * @throws StorageError `object-key-invalid`
   */
  deleteBelow(folder: string): Promise<void>
  /** Throws where the store could not be used now. */
  check(): Promise<void>
  /**
   * Removes what writers that were killed have left behind.
   * @param olderThanMs since the last byte was written, or the upload began; longer than any living writer takes
   * @returns how many unfinished objects were removed
   */
  removeStaleTemporaries(olderThanMs: number): Promise<number>
}

export interface PresignOptions {
  /** From now; 1 second to 7 days. */
  readonly expiresSeconds: number
  /** `content-type` of the answer. */
  readonly contentType?: string
}

/** A store whose objects clients can fetch by themselves. */
export interface PresigningObjectStore extends ObjectStore {
  /**
   * A link that anyone may GET the object with for some time; whether there is one is not looked up.
   * @throws StorageError `link-invalid` for a time that no server grants
   */
  presign(key: string, options: PresignOptions): Promise<string>
}

/** Whether a store hands out links. */
export function canPresign(store: ObjectStore): store is PresigningObjectStore {
  return 'presign' in store
}

/** A store whose objects are files of this machine. */
export interface LocalObjectStore extends ObjectStore {
  /** The absolute path of an object's file, for libraries that map files. The file must not be written to. */
  localPath(key: string): string
}

/** Whether a store's objects can be opened by path. */
export function isLocal(store: ObjectStore): store is LocalObjectStore {
  return 'localPath' in store
}
