import { randomUUID } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { access, type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { Source } from './body.ts'
import { forEachOf } from './concurrently.ts'
import { hasCode, notFound, objectChanged, rangeInvalid } from './errors.ts'
import { conflict, isFolder, noObject, storeError } from './file-errors.ts'
import { keysBelow, temporaryFilesBelow } from './file-tree.ts'
import { linkNew, makeFolder, type Place, readRange, syncFolder, writeSynced } from './files.ts'
import { checkFolder, checkKey, temporaryPrefix } from './keys.ts'
import type { ListOptions, LocalObjectStore, ObjectBody, ObjectInfo, ObjectPage } from './object-store.ts'
import { pageLimit } from './paging.ts'

/**
 * Objects as files below a folder; the key is the path. A body goes to a temporary file in the object's own folder,
 * is synced and then renamed (`put`) or hard-linked (`putIfAbsent`) into place, and the folder is synced: after a crash
 * an object is there in full or not at all. Several processes may share a folder. Folders that `delete` leaves empty
 * stay. A key cannot be a folder of another one (`a` beside `a/b`): `object-key-conflict`.
 */
export class FileSystemObjectStore implements LocalObjectStore {
  readonly root: string

  /** @param root the folder; it is made when something is written */
  constructor(root: string) {
    this.root = resolve(root)
  }

  async put(key: string, body: ObjectBody): Promise<void> {
    await this.#write([[key, body]], rename)
  }

  async putAll(objects: readonly (readonly [key: string, bytes: Uint8Array])[]): Promise<void> {
    await this.#write(objects, rename)
  }

  async putIfAbsent(key: string, body: ObjectBody): Promise<boolean> {
    if (await this.exists(key)) return false
    try {
      await this.#write([[key, body]], linkNew)
      return true
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false
      throw error
    }
  }

  async get(key: string, version?: string): Promise<Uint8Array> {
    const file = await this.#reading(key, () => this.#openObject(key, version))
    try {
      return await this.#using(() => file.readFile())
    } finally {
      await file.close()
    }
  }

  async stream(key: string): Promise<Readable> {
    const file = await this.#reading(key, () => this.#openObject(key))
    return file.createReadStream()
  }

  async range(key: string, start: number, length: number, version?: string): Promise<Uint8Array> {
    const file = await this.#reading(key, () => this.#openObject(key, version))
    try {
      const bytes = await this.#using(() => readRange(file, start, length))
      if (bytes === undefined) throw rangeInvalid(key, start, length)
      return bytes
    } finally {
      await file.close()
    }
  }

  async head(key: string): Promise<ObjectInfo> {
    const info = await this.#reading(key, () => stat(this.localPath(key)))
    if (!info.isFile()) throw notFound(key)
    return { key, size: info.size, modified: info.mtime, version: versionOf(info) }
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#headIfPresent(key)) !== undefined
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ObjectPage> {
    const limit = pageLimit(options.limit)
    const objects: ObjectInfo[] = []
    for await (const key of keysBelow(this.root, prefix, options.cursor)) {
      if (objects.length === limit) return { objects, cursor: objects.at(-1)!.key }
      const info = await this.#headIfPresent(key)
      if (info !== undefined) objects.push(info)
    }
    return { objects }
  }

  async delete(key: string): Promise<void> {
    const path = this.localPath(key)
    try {
      await rm(path)
    } catch (error) {
      if (hasCode(error, ...noObject)) return
      throw storeError(error)
    }
    await syncFolder(dirname(path))
  }

  async deleteBelow(folder: string): Promise<void> {
    checkFolder(folder)
    const path = join(this.root, folder)
    await this.#using(async () => {
      await rm(path, { recursive: true, force: true })
      await syncFolder(dirname(path)).catch((error: unknown) => {
        if (!hasCode(error, ...noObject)) throw error
      })
    })
  }

  localPath(key: string): string {
    checkKey(key)
    return join(this.root, key)
  }

  async check(): Promise<void> {
    await this.#using(async () => {
      await makeFolder(this.root)
      await access(this.root, constants.R_OK | constants.W_OK | constants.X_OK)
    })
  }

  async removeStaleTemporaries(olderThanMs: number): Promise<number> {
    const before = Date.now() - olderThanMs
    let removed = 0
    for await (const path of temporaryFilesBelow(this.root)) {
      const info = await stat(path).catch(() => undefined)
      if (info === undefined || info.mtimeMs > before) continue
      await rm(path, { force: true })
      removed++
    }
    return removed
  }

  async #headIfPresent(key: string): Promise<ObjectInfo | undefined> {
    try {
      return await this.head(key)
    } catch (error) {
      if (hasCode(error, 'object-not-found')) return undefined
      throw error
    }
  }

  async #openObject(key: string, version?: string): Promise<FileHandle> {
    const file = await open(this.localPath(key))
    const info = await file.stat()
    const isWanted = info.isFile() && (version ?? versionOf(info)) === versionOf(info)
    if (isWanted) return file
    await file.close()
    throw info.isFile() ? objectChanged(key) : notFound(key)
  }

  /** Writes objects; the entries of a folder are made durable once, after its last object. */
  async #write(objects: readonly (readonly [key: string, body: ObjectBody])[], place: Place): Promise<void> {
    const folders = new Map<string, string>()
    for (const [key] of objects) folders.set(dirname(this.localPath(key)), key)
    for (const [folder, key] of folders) await this.#writing(key, () => makeFolder(folder))
    await forEachOf(objects, ([key, body]) => this.#writeOne(key, body, place))
    for (const [folder, key] of folders) await this.#writing(key, () => syncFolder(folder))
  }

  async #writeOne(key: string, body: ObjectBody, place: Place): Promise<void> {
    const path = this.localPath(key)
    const temporary = join(dirname(path), `${temporaryPrefix}${randomUUID()}`)
    const source = new Source(body)
    try {
      await this.#writing(key, async () => {
        await writeSynced(temporary, source.body)
        await place(temporary, path)
      })
    } catch (error) {
      await rm(temporary).catch(() => undefined)
      source.rethrow()
      throw error
    }
  }

  async #writing(key: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (hasCode(error, 'ENOTDIR') || (await isFolder(this.localPath(key)))) throw conflict(key)
      throw storeError(error)
    }
  }

  async #reading<T>(key: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (hasCode(error, ...noObject)) throw notFound(key)
      throw storeError(error)
    }
  }

  async #using<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw storeError(error)
    }
  }
}

/** Every write makes a new file. */
const versionOf = ({ ino, size, mtimeMs }: Stats): string => `${ino}-${size}-${mtimeMs}`
