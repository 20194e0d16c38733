import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isLocal, keySegment, type ObjectStore } from '@crp-serve/storage'
import { exists } from '../tools/files.ts'
import { originalFolder } from '../tools/prepared.ts'
import type { ModelRecord } from './record.ts'
import type { Upload, UploadedFile } from './upload.ts'

/**
 * The files of models. On every machine a content is a folder named after its hash, moved into place whole, so that
 * ONNX Runtime and the tools open files by path. Several processes may share the folders.
 */
export interface Contents {
  /** Whether names are kept on this machine, so that looking one up costs nothing. */
  readonly local: boolean
  /** Where the folder of a content is, or would be. */
  folder(record: Pick<ModelRecord, 'sha256'>): string
  /** The folder of a content, which is brought here first if need be. Throws `object-not-found` for one that is gone. */
  open(record: ModelRecord): Promise<string>
  /** Moves an upload to where its content belongs; false where that is there already. */
  place(upload: Upload, record: ModelRecord): Promise<boolean>
  /** Puts the files of a placed content where other machines find them. */
  share(record: ModelRecord): Promise<void>
  /** Takes back what `share` did. */
  unshare(record: ModelRecord): Promise<void>
  /**
   * Removes the folder of a content that has lost its last name. It is put aside first, and back where the content has got a name
   * meanwhile: whoever gives a content a name looks afterwards whether its folder is there, so that one of the two sees the other.
   */
  remove(record: ModelRecord, isNamed: () => Promise<boolean>): Promise<void>
  /** Removes folders that nobody needs any more. */
  sweep(isNamed: (sha256: string) => Promise<boolean>): Promise<void>
}

/** Contents in the data folder of this machine, where the object store has its files, too. */
class LocalContents implements Contents {
  readonly local: boolean = true
  readonly root: string
  /** Of folders on their way in, or out. */
  protected readonly uploads: string

  constructor(dataDir: string) {
    this.root = join(dataDir, 'models')
    this.uploads = join(dataDir, 'uploads')
  }

  async open(record: ModelRecord): Promise<string> {
    return this.folder(record)
  }

  async place(upload: Upload, record: ModelRecord): Promise<boolean> {
    return await moveInto(upload.content, this.folder(record))
  }

  async share(_: ModelRecord): Promise<void> {}

  async unshare(_: ModelRecord): Promise<void> {}

  async remove(record: ModelRecord, isNamed: () => Promise<boolean>): Promise<void> {
    const aside = join(this.uploads, randomUUID())
    await mkdir(this.uploads, { recursive: true })
    if (!(await moved(this.folder(record), aside))) return
    // A store that does not answer now may know a name.
    let stays = true
    try {
      stays = await isNamed()
    } finally {
      if (stays) await moveInto(aside, this.folder(record))
      await rm(aside, { recursive: true, force: true })
    }
  }

  async sweep(_: (sha256: string) => Promise<boolean>): Promise<void> {}

  folder({ sha256 }: Pick<ModelRecord, 'sha256'>): string {
    return join(this.root, sha256)
  }
}

/** Moves a folder, if it is there. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return false
    throw error
  }
}

/** Moves a folder to where there may be one already: then nothing happens, and false. */
async function moveInto(from: string, to: string): Promise<boolean> {
  if (await exists(to)) return false
  await mkdir(dirname(to), { recursive: true })
  try {
    await rename(from, to)
    return true
  } catch (error) {
    // Another process was faster.
    if (['ENOTEMPTY', 'EEXIST'].includes(String((error as { code?: unknown }).code))) return false
    throw error
  }
}

/** Copies that no name of the store stands for are removed once they are so old: younger ones may be about to get one. */
const staleMs = 24 * 3600 * 1000

/**
 * Contents in an object store, and copies of them in the data folder. Every registration has objects of its own, so that
 * deleting one never takes them from another, whichever process does it.
 */
class SharedContents extends LocalContents {
  override readonly local = false
  readonly #store: ObjectStore
  readonly #opening = new Map<string, Promise<string>>()

  constructor(dataDir: string, store: ObjectStore) {
    super(dataDir)
    this.#store = store
  }

  override open(record: ModelRecord): Promise<string> {
    const known = this.#opening.get(record.sha256)
    if (known !== undefined) return known
    const opening = this.#fetch(record).finally(() => this.#opening.delete(record.sha256))
    this.#opening.set(record.sha256, opening)
    return opening
  }

  override async share(record: ModelRecord): Promise<void> {
    const original = originalFolder(this.folder(record))
    for (const { location } of record.files ?? []) {
      await this.#store.put(objectKey(record, location), createReadStream(join(original, location)))
    }
  }

  override async unshare(record: ModelRecord): Promise<void> {
    for (const { location } of record.files ?? []) await this.#store.delete(objectKey(record, location))
  }

  override async sweep(isNamed: (sha256: string) => Promise<boolean>): Promise<void> {
    for (const sha256 of await readdir(this.root).catch(() => [])) {
      const folder = join(this.root, sha256)
      const info = await stat(folder).catch(() => null)
      if (info === null || Date.now() - info.mtimeMs < staleMs || (await isNamed(sha256))) continue
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** Brings a content here, unless it is here. */
  async #fetch(record: ModelRecord): Promise<string> {
    const folder = this.folder(record)
    if (await exists(folder)) return folder
    const incoming = join(this.uploads, randomUUID())
    try {
      for (const file of record.files ?? []) await this.#download(record, file, originalFolder(incoming))
      await moveInto(incoming, folder)
      return folder
    } finally {
      await rm(incoming, { recursive: true, force: true })
    }
  }

  async #download(record: ModelRecord, { location, sha256 }: UploadedFile, folder: string): Promise<void> {
    const path = join(folder, location)
    await mkdir(dirname(path), { recursive: true })
    const hash = createHash('sha256')
    const hashed = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        yield chunk
      }
    }
    await pipeline(await this.#store.stream(objectKey(record, location)), hashed, createWriteStream(path))
    if (hash.digest('hex') === sha256) return
    throw new Error(`the file ${location} of the model ${record.name} is damaged in the object store`)
  }
}

const objectKey = ({ sha256, id }: ModelRecord, location: string): string =>
  `models/${sha256}/${id}/${location.split('/').map(keySegment).join('/')}`

/**
 * The files of models for an object store.
 * @param dataDir absolute path of the folder on this machine
 */
export function contentsOf(dataDir: string, store: ObjectStore): Contents {
  const isHere = isLocal(store) && store.localPath('models') === join(dataDir, 'models')
  return isHere ? new LocalContents(dataDir) : new SharedContents(dataDir, store)
}
