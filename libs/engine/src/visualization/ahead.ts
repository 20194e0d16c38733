/**
 * The values of an asynchronous generator, of which `depth` are asked for before anybody wants them, so that they are made
 * while their predecessors are used. They are made one after the other all the same.
 */
export class Ahead<T> {
  readonly #source: AsyncGenerator<T, void>
  readonly #pending: Promise<IteratorResult<T, void>>[] = []

  constructor(source: AsyncGenerator<T, void>, depth: number) {
    this.#source = source
    for (let i = 0; i < depth; i++) this.#ask()
  }

  /** The next value, or null behind the last one. Rejects with the error of the generator. */
  async take(): Promise<T | null> {
    const next = this.#pending.shift()
    this.#ask()
    const result = await next!
    return result.done ? null : result.value
  }

  /** Ends the generator once what it is at is done. */
  async close(): Promise<void> {
    await this.#source.return(undefined)
  }

  #ask(): void {
    const next = this.#source.next()
    // Whoever takes it meets the error; nobody may.
    next.catch(() => {})
    this.#pending.push(next)
  }
}
