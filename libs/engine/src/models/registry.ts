import { randomUUID } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  isName,
  type Model,
  type ModelMetadata,
  nearest,
  nearestNames,
  ProblemError,
} from '@crp-serve/contracts'
import { isLocal, type ObjectStore } from '@crp-serve/storage'
import type { Inspection, InspectRequest } from '../tools/inspect.ts'
import { type Contents, contentsOf } from './contents.ts'
import { ModelNames } from './names.ts'
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

/** Uploads that were left behind by a process that ended are removed once they are this old. */
const staleMs = 24 * 3600 * 1000

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
  readonly #names: ModelNames
  /** Names are given and taken one at a time, so that a content is not removed while it gets a name. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: RegistryOptions) {
    this.#options = options
    this.#uploads = join(options.dataDir, 'uploads')
    this.#contents = contentsOf(options.dataDir, options.store)
    this.#names = new ModelNames(options.store, this.#contents.local)
  }

  /** The folder of a model's content on this machine. Throws `unknown-model` where the model is gone. */
  async contentOf(record: ModelRecord): Promise<string> {
    try {
      return await this.#contents.open(record)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'object-not-found') throw error
      this.#names.doubt(record.name)
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
    await this.#contents.sweep((sha256) => this.#names.hasContent(sha256))
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
      const known = await this.#names.look(metadata.name)
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
    const record = isName(name) ? await this.#names.read(name) : null
    if (record) return record
    const suggestions = nearest(name, await this.#names.first())
    const detail = `There is no model ${JSON.stringify(name)}${nearestNames(suggestions)}.`
    throw new ProblemError('unknown-model', detail, {
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
    const { records, next } = await this.#names.page(limit, cursor)
    const models = records.map(modelInfo)
    return next === undefined ? { models } : { models, next_cursor: next }
  }

  /** Removes a name, and the content with its last name. Throws `unknown-model`. */
  async delete(name: string): Promise<void> {
    await this.#inTurn(async () => {
      const record = await this.get(name)
      await this.#names.take(name)
      await this.#contents.unshare(record)
      if (!(await this.#names.hasContent(record.sha256))) await this.#removeContent(record)
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
      const created = await this.#names.give(record)
      // Another worker may have removed the folder with an earlier name of the content.
      if (created && !placed) await this.#contents.place(upload, record)
      if (created) return { created, model: modelInfo(record) }
      const registration = settled(await this.get(metadata.name), upload, metadata)
      await this.#contents.unshare(record)
      return registration
    } catch (error) {
      await this.#contents.unshare(record).catch(() => undefined)
      if (placed && !(await this.#names.hasContent(sha256))) await this.#removeContent(record)
      throw error
    }
  }

  async #removeContent(record: ModelRecord): Promise<void> {
    await this.#options.tools.forget(this.#contents.folder(record))
    await this.#contents.remove(record, () => this.#names.hasContent(record.sha256))
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }
}
