import type { ObjectBody } from './object-store.ts'

/** The caller's body on its way to a store: keeps its own failure apart from the store's. */
export class Source {
  readonly body: ObjectBody
  #failure: { readonly error: unknown } | undefined

  constructor(body: ObjectBody) {
    this.body = body instanceof Uint8Array ? body : this.#watched(body)
  }

  /** Throws what the body threw, if it did. */
  rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async *#watched(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const iterator = chunks[Symbol.asyncIterator]()
    try {
      for (;;) {
        const step = await this.#next(iterator)
        if (step.done) return
        yield step.value
      }
    } finally {
      await iterator.return?.()
    }
  }

  /** Only what the body itself throws counts: a reader that gives up throws into the generator, too. */
  async #next(iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
    try {
      return await iterator.next()
    } catch (error) {
      this.#failure = { error }
      throw error
    }
  }
}
