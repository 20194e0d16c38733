import type { Readable } from 'node:stream'

/** The bytes of an object: whole, or as they come. */
export type ObjectBody = Uint8Array | AsyncIterable<Uint8Array>

export interface ObjectInfo {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly modified: Date
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
 * `object-key-invalid` for a bad key and `object-not-found` where there is nothing to read.
 */
export interface ObjectStore {
  /** Writes an object; an earlier one is replaced at once. Durable when it resolves. */
  put(key: string, body: ObjectBody): Promise<void>
  /** Writes an object if there is none: true for exactly one of several racing writers. Durable when it resolves. */
  putIfAbsent(key: string, body: ObjectBody): Promise<boolean>
  get(key: string): Promise<Uint8Array>
  /** A stream of the object as it is now, whatever is written meanwhile. It must be read to its end or destroyed. */
  stream(key: string): Promise<Readable>
  head(key: string): Promise<ObjectInfo>
  exists(key: string): Promise<boolean>
  /** The objects whose keys start with `prefix`, which may end inside a segment. */
  list(prefix: string, options?: ListOptions): Promise<ObjectPage>
  /** Removes an object; no error if there is none. */
  delete(key: string): Promise<void>
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
