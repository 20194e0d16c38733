import { randomUUID } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isName, type Model, type ModelMetadata, nearest, ProblemError } from '@crp-serve/contracts'
import { isLocal, type ObjectStore } from '@crp-serve/storage'
import type { Inspection, InspectRequest } from '../tools/inspect.ts'
import { type Contents, contentsOf } from './contents.ts'
import { type ModelRecord, modelInfo } from './record.ts'
import { type Registration, settled } from './registration.ts'
import { Upload } from './upload.ts'

/** What the registry needs of the rest of the engine. */
export interface RegistryTools {
  inspect(request: InspectRequest): Promise<Inspection>
  /** Loads a model into ONNX Runtime. Throws `model-load-failed`. */
  load(record: ModelRecord): Promise<void>
  /** Forgets everything that is held of a content. */
  forget(content: string): Promise<void>
}

export interface RegistryOptions {
  /** Absolute path. */
  readonly dataDir: string
  readonly store: ObjectStore
  /** Bytes of an upload. */
  readonly maxBytes: number
  readonly tools: RegistryTools
}

/** A page of models in the order of their names. */
export interface ModelPage {
  readonly models: readonly Model[]
  readonly next_cursor?: string
}

const prefix = 'model-names/'
const suffix = '.json'
const keyOf = (name: string): string => `${prefix}${name}${suffix}`
const nameOf = (key: string): string => key.slice(prefix.length, -suffix.length)

/** Uploads that were left behind by a process that ended are removed once they are this old. */
const staleMs = 24 * 3600 * 1000

/** How long a name in a store elsewhere is believed without looking again: a model that is deleted is gone after that. */
const believedMs = 1000

/** A record that was read, and how long it may be used. */
interface Believed {
  readonly record: ModelRecord
  /** Of its object; '' where asking for it takes as long as reading. */
  readonly version: string
  readonly until: number
}

/** Metadata without its nulls, which stand for defaults. */
const withoutNulls = (metadata: ModelMetadata): ModelMetadata =>
  JSON.parse(JSON.stringify(metadata, (_, value) => (value === null ? undefined : value))) as ModelMetadata

/**
 * Names and contents of models. A content is a folder named after its hash, moved into place whole; a name is a small
 * object in the store that is written once, so that several workers on one store agree. A content goes with its last name.
 */
export class ModelRegistry {
  readonly #options: RegistryOptions
  readonly #uploads: string
  readonly #contents: Contents
  readonly #believed = new Map<string, Believed>()
  /** Names are given and taken one at a time, so that a content is not removed while it gets a name. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: RegistryOptions) {
    this.#options = options
    this.#uploads = join(options.dataDir, 'uploads')
    this.#contents = contentsOf(options.dataDir, options.store)
  }

  /** The folder of a model's content on this machine. Throws `unknown-model` where the model is gone. */
  async contentOf(record: ModelRecord): Promise<string> {
    try {
      return await this.#contents.open(record)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'object-not-found') throw error
      this.#believed.delete(record.name)
      await this.get(record.name)
      throw error
    }
  }

  /** Removes uploads that nobody will finish, and copies of models that are gone. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#uploads).catch(() => [])) {
      const path = join(this.#uploads, name)
      const info = await stat(path).catch(() => null)
      if (info && Date.now() - info.mtimeMs > staleMs) await rm(path, { recursive: true, force: true })
    }
    await this.#contents.sweep((sha256) => this.#isNamed(sha256))
    // In S3 the rules of the bucket see to it.
    if (isLocal(this.#options.store)) await this.#options.store.removeStaleTemporaries(staleMs)
  }

  /** Begins an upload; end it with `register`, or with its own `discard`. */
  begin(): Promise<Upload> {
    return Upload.begin(this.#uploads, this.#options.maxBytes)
  }

  /**
   * Inspects an upload and registers it. The upload is gone afterwards, whatever comes of it.
   * @throws ProblemError `model-name-conflict`, `validation-failed`; the codes of `inspect`; `model-load-failed`
   */
  async register(upload: Upload, given: ModelMetadata): Promise<Registration> {
    try {
      const metadata = withoutNulls(given)
      const known = await this.#look(metadata.name)
      if (known) return settled(known, upload, metadata)
      const inspection = await this.#options.tools.inspect({
        content: upload.content,
        preprocessing: metadata.preprocessing,
        output: metadata.output?.tensor ?? undefined,
        start: metadata.output?.start ?? 'logits',
        allowUnsupported: metadata.allow_unsupported ?? false,
      })
      return await this.#inTurn(() => this.#publish(upload, metadata, inspection))
    } finally {
      await upload.discard()
    }
  }

  /** The record of a model. Throws `unknown-model` with the nearest names. */
  async get(name: string): Promise<ModelRecord> {
    const record = isName(name) ? await this.#read(name) : null
    if (record) return record
    const suggestions = nearest(name, await this.#names())
    throw new ProblemError('unknown-model', `There is no model ${JSON.stringify(name)}.`, {
      ...(suggestions.length > 0 ? { details: { suggestions } } : {}),
    })
  }

  /**
   * A page of models.
   * @param cursor the `next_cursor` of the page before: its last name
   * @throws ProblemError `validation-failed` for a cursor that is no name
   */
  async list(limit: number, cursor?: string): Promise<ModelPage> {
    if (cursor !== undefined && !isName(cursor)) {
      const detail = 'must be the `next_cursor` of an earlier page'
      throw new ProblemError('validation-failed', `/cursor ${detail}`, {
        errors: [{ pointer: '/cursor', detail }],
      })
    }
    const from = cursor === undefined ? {} : { cursor: keyOf(cursor) }
    const page = await this.#options.store.list(prefix, { limit, ...from })
    const records = await Promise.all(page.objects.map(({ key }) => this.#look(nameOf(key))))
    const models = records.filter((record) => record !== null).map(modelInfo)
    return page.cursor === undefined ? { models } : { models, next_cursor: nameOf(page.cursor) }
  }

  /** Removes a name, and the content with its last name. Throws `unknown-model`. */
  async delete(name: string): Promise<void> {
    await this.#inTurn(async () => {
      const record = await this.get(name)
      await this.#options.store.delete(keyOf(name))
      this.#believed.delete(name)
      await this.#contents.unshare(record)
      if (!(await this.#isNamed(record.sha256))) await this.#removeContent(record)
    })
  }

  async #publish(upload: Upload, metadata: ModelMetadata, inspection: Inspection): Promise<Registration> {
    const { sha256, size, files } = upload
    const id = randomUUID()
    const created_at = new Date().toISOString()
    const record: ModelRecord = {
      name: metadata.name,
      id,
      sha256,
      size,
      files,
      created_at,
      metadata,
      inspection,
    }
    const placed = await this.#contents.place(upload, record)
    try {
      await this.#options.tools.load(record)
      await this.#contents.share(record)
      const bytes = Buffer.from(JSON.stringify(record))
      const created = await this.#options.store.putIfAbsent(keyOf(metadata.name), bytes)
      // Another worker may have removed the folder with an earlier name of the content.
      if (created && !placed) await this.#contents.place(upload, record)
      if (created) return { created, model: modelInfo(record) }
      const registration = settled(await this.get(metadata.name), upload, metadata)
      await this.#contents.unshare(record)
      return registration
    } catch (error) {
      await this.#contents.unshare(record).catch(() => undefined)
      if (placed && !(await this.#isNamed(sha256))) await this.#removeContent(record)
      throw error
    }
  }

  async #removeContent(record: ModelRecord): Promise<void> {
    await this.#options.tools.forget(this.#contents.folder(record))
    await this.#contents.remove(record, () => this.#isNamed(record.sha256))
  }

  /** The record of a name, as it is or was a moment ago. */
  async #read(name: string): Promise<ModelRecord | null> {
    const { local } = this.#contents
    const version = local ? await this.#version(name) : ''
    const known = this.#believed.get(name)
    if (known?.version === version && known.until > Date.now()) return known.record
    const record = version === null ? null : await this.#look(name)
    if (version === null || record === null) this.#believed.delete(name)
    else this.#believed.set(name, { record, version, until: local ? Infinity : Date.now() + believedMs })
    return record
  }

  /** The version of the object of a name; null where there is none. */
  #version(name: string): Promise<string | null> {
    return orNull(this.#options.store.head(keyOf(name)).then(({ version }) => version))
  }

  #look(name: string): Promise<ModelRecord | null> {
    const bytes = this.#options.store.get(keyOf(name))
    return orNull(bytes.then((read) => JSON.parse(Buffer.from(read).toString()) as ModelRecord))
  }

  async #names(): Promise<string[]> {
    const { objects } = await this.#options.store.list(prefix)
    return objects.map(({ key }) => nameOf(key))
  }

  async #isNamed(sha256: string): Promise<boolean> {
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await this.#options.store.list(prefix, cursor === undefined ? {} : { cursor })
      const records = await Promise.all(page.objects.map(({ key }) => this.#look(nameOf(key))))
      if (records.some((record) => record?.sha256 === sha256)) return true
      cursor = page.cursor
      more = cursor !== undefined
    }
    return false
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }
}

/** What is read of the store; null where it has no such object. */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if ((error as { code?: unknown }).code === 'object-not-found') return null
    throw error
  }
}
