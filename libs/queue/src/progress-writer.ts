import type { Progress } from './records.ts'

/** Least pause between two writes, milliseconds. */
const PAUSE_MS = 250

/** Writes the newest progress of a job or task now and then. What cannot be written is not worth failing for. */
export class ProgressWriter {
  readonly #write: (progress: Progress) => Promise<unknown>
  #latest: Progress | undefined
  #writing: Promise<unknown> | undefined

  /** @param latest what was written before, so that a phase keeps its beginning */
  constructor(write: (progress: Progress) => Promise<unknown>, latest: Progress | undefined) {
    this.#write = write
    this.#latest = latest
  }

  /** What was set last. */
  get latest(): Progress | undefined {
    return this.#latest
  }

  /** Goes on from a progress that is known already. */
  adopt(progress: Progress): void {
    this.#latest = progress
  }

  set(done: number, total: number, phase = this.#latest?.phase ?? 'running'): void {
    const since = this.#latest?.phase === phase ? this.#latest.since : Date.now()
    this.#latest = { phase, done, total, since }
    this.#writing ??= this.#flush()
  }

  /** Waits for a write under way. */
  async settled(): Promise<void> {
    await this.#writing
  }

  async #flush(): Promise<void> {
    let written: Progress | undefined
    while (written !== this.#latest && this.#latest !== undefined) {
      written = this.#latest
      await this.#write(written).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS).unref())
    }
    this.#writing = undefined
  }
}
