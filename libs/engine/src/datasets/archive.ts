import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ErrorCode, ProblemError } from '@crp-serve/contracts'

/** The archive of a data set, or of a feature visualization, on its way in, in a folder of its own. */
export class ArchiveUpload {
  /** Takes the archive, and what is made of it. */
  readonly folder: string
  readonly #limit: number
  readonly #tooLarge: ErrorCode
  #bytes = 0

  private constructor(folder: string, limit: number, tooLarge: ErrorCode) {
    this.folder = folder
    this.#limit = limit
    this.#tooLarge = tooLarge
  }

  /**
   * @param limit bytes
   * @param tooLarge what an archive over the limit is refused with
   */
  static async begin(
    uploads: string,
    limit: number,
    tooLarge: ErrorCode = 'dataset-too-large',
  ): Promise<ArchiveUpload> {
    const upload = new ArchiveUpload(join(uploads, randomUUID()), limit, tooLarge)
    await mkdir(upload.folder, { recursive: true })
    return upload
  }

  get path(): string {
    return join(this.folder, 'upload.zip')
  }

  /** Bytes that came. */
  get bytes(): number {
    return this.#bytes
  }

  /** Writes the archive. Throws `dataset-too-large`, or what takes its place. */
  async take(stream: Readable): Promise<void> {
    await pipeline(
      stream,
      (chunks: AsyncIterable<Buffer>) => this.#counted(chunks),
      createWriteStream(this.path, { flags: 'wx' }),
    )
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  async *#counted(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      this.#bytes += chunk.length
      if (this.#bytes > this.#limit) {
        const message = `The archive is over the limit of ${this.#limit} bytes.`
        throw new ProblemError(this.#tooLarge, message, { details: { max_bytes: this.#limit } })
      }
      yield chunk
    }
  }
}
