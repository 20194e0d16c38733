import { type Address, addressKey, resolveWorkers } from './addresses.ts'
import { Worker } from './worker.ts'

/** How often workers are asked whether they are ready, and names what they stand for. */
const checkEveryMs = 1000
const resolveEveryMs = 5000

/** The attribution workers that there are, and which of them is next. */
export class Workers {
  readonly #origins: readonly string[]
  #workers: readonly Worker[]
  readonly #timers: readonly NodeJS.Timeout[]
  /** The first answer of the resolver. */
  readonly #resolved: Promise<void>
  #turn = 0

  constructor(origins: readonly string[]) {
    this.#origins = origins
    this.#workers = origins.map((origin) => new Worker({ origin }))
    this.#resolved = this.#resolve()
    this.#timers = [
      setInterval(() => void this.#resolve(), resolveEveryMs),
      setInterval(() => this.#check(), checkEveryMs),
    ]
    for (const timer of this.#timers) timer.unref()
  }

  /** How many workers there are. */
  get count(): number {
    return this.#workers.length
  }

  /**
   * The worker with the fewest requests among those that seem healthy, or among all where none does.
   * @param tried workers that come into question only where there are no others
   */
  async next(tried: ReadonlySet<Worker>): Promise<Worker> {
    await this.#resolved
    const others = this.#workers.filter((worker) => !tried.has(worker))
    const left = others.length > 0 ? others : this.#workers
    const healthy = left.filter(({ isHealthy }) => isHealthy)
    const choices = healthy.length > 0 ? healthy : left
    // Equals take turns.
    this.#turn += 1
    const fewest = Math.min(...choices.map(({ inFlight }) => inFlight))
    const equal = choices.filter(({ inFlight }) => inFlight === fewest)
    return equal[this.#turn % equal.length]!
  }

  /** How many workers say that they are ready, of how many. */
  async ready(): Promise<{ readonly workers: number; readonly ready: number }> {
    await this.#resolved
    const answers = await Promise.all(this.#workers.map((worker) => worker.probe()))
    return { workers: answers.length, ready: answers.filter((answer) => answer).length }
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#workers.map((worker) => worker.close()))
  }

  /** A single worker is asked by nobody: there is none to go to instead. */
  #check(): void {
    if (this.#workers.length > 1) for (const worker of this.#workers) void worker.probe()
  }

  async #resolve(): Promise<void> {
    const found = await resolveWorkers(this.#origins)
    // A resolver that knows nothing at the moment is no reason to let go of workers.
    if (found.length > 0) this.#adopt(found)
  }

  #adopt(addresses: readonly Address[]): void {
    const known = new Map(this.#workers.map((worker) => [addressKey(worker.address), worker]))
    const keys = new Set(addresses.map(addressKey))
    this.#workers = addresses.map((address) => known.get(addressKey(address)) ?? new Worker(address))
    // What is under way to a worker that left is still answered.
    for (const [key, worker] of known) if (!keys.has(key)) void worker.close()
  }
}
