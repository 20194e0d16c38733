import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ProblemError } from '@crp-serve/contracts'
import { modelFile, originalFolder } from '../tools/prepared.ts'

/** One file of an upload, as it is on disk. */
export interface UploadedFile {
  readonly location: string
  readonly sha256: string
}

/** A path below the model's own folder: no empty, hidden or climbing segments. */
const safeLocation = /^(?!.*(?:^|\/)\.)[^\\\0/]{1,255}(?:\/[^\\\0/]{1,255}){0,15}$/

/**
 * The files of a model on their way in: each is hashed and counted while it is written to a folder of its own, where
 * nobody finds it until the upload is complete.
 */
export class Upload {
  /** Has the layout of a model's content. */
  readonly content: string
  readonly #limit: number
  readonly #files: UploadedFile[] = []
  #bytes = 0

  private constructor(content: string, limit: number) {
    this.content = content
    this.#limit = limit
  }

  /** @param limit bytes of all files together */
  static async begin(uploads: string, limit: number): Promise<Upload> {
    const upload = new Upload(join(uploads, randomUUID()), limit)
    await mkdir(originalFolder(upload.content), { recursive: true })
    return upload
  }

  /** Bytes of all files together. */
  get size(): number {
    return this.#bytes
  }

  get files(): readonly UploadedFile[] {
    return this.#files
  }

  /**
   * The hash that the content goes by: the SHA-256 of the model file; with external data that of the list of all files'
   * hashes and locations.
   */
  get sha256(): string {
    const [model, ...external] = [...this.#files].sort(
      (a, b) =>
        Number(b.location === modelFile) - Number(a.location === modelFile) ||
        (a.location < b.location ? -1 : 1),
    )
    if (external.length === 0) return model!.sha256
    const lines = [model!, ...external].map(({ location, sha256 }) => `${sha256}  ${location}\n`)
    return createHash('sha256').update(lines.join('')).digest('hex')
  }

  get hasModel(): boolean {
    return this.#files.some(({ location }) => location === modelFile)
  }

  /** Takes the model file. Throws `model-too-large`. */
  async addModel(stream: Readable): Promise<void> {
    await this.#add(modelFile, stream)
  }

  /**
   * Takes a file of external data.
   * @param location as the model names it, relative to itself
   * @throws ProblemError `model-invalid` for a location outside the upload or one that is taken, `model-too-large`
   */
  async addExternal(location: string, stream: Readable): Promise<void> {
    if (!safeLocation.test(location)) {
      throw new ProblemError(
        'model-invalid',
        `The name ${JSON.stringify(location)} of a part of external data leads outside the upload.`,
      )
    }
    await this.#add(location, stream)
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    await rm(this.content, { recursive: true, force: true })
  }

  async #add(location: string, stream: Readable): Promise<void> {
    if (this.#files.some((file) => file.location === location)) {
      throw new ProblemError('model-invalid', `Two parts of the upload are named ${location}.`)
    }
    const path = join(originalFolder(this.content), location)
    await mkdir(dirname(path), { recursive: true })
    const hash = createHash('sha256')
    await pipeline(
      stream,
      (chunks: AsyncIterable<Buffer>) => this.#counted(chunks, hash),
      createWriteStream(path),
    )
    this.#files.push({ location, sha256: hash.digest('hex') })
  }

  async *#counted(chunks: AsyncIterable<Buffer>, hash: ReturnType<typeof createHash>) {
    for await (const chunk of chunks) {
      this.#bytes += chunk.length
      if (this.#bytes > this.#limit) {
        throw new ProblemError('model-too-large', `The model is over the limit of ${this.#limit} bytes.`, {
          details: { max_bytes: this.#limit },
        })
      }
      hash.update(chunk)
      yield chunk
    }
  }
}
