import { type BuildRequest, DatasetError, type DatasetSummary } from '@crp-serve/datasets'
import { childEntry, obsolete, ProcessPool, watchWork } from '@crp-serve/runtime'
import type { DatasetHandlers } from '../tools/dataset-child.ts'

/** Data sets that are looked through at the same time. */
const concurrentBuilds = 2

/** Builds that may wait. */
const waitingBuilds = 16

/**
 * Looks through new data sets, each in a process of its own: archives are hostile bytes, and large directories take a
 * while and some memory.
 */
export class DatasetBuilder {
  readonly #entry = childEntry('../tools/dataset-child', import.meta.url)
  readonly #running = new Set<ProcessPool<DatasetHandlers>>()
  readonly #waiting: (() => void)[] = []
  #busy = 0

  /** @throws what `buildDataset` throws, and `overloaded`, `engine-crashed`, `engine-killed`, `cancelled` */
  async build(request: BuildRequest, signal?: AbortSignal): Promise<DatasetSummary> {
    await this.#turn(signal)
    let pool: ProcessPool<DatasetHandlers> | undefined
    try {
      pool = await ProcessPool.start<DatasetHandlers>({ entry: this.#entry, size: 1 })
      this.#running.add(pool)
      return (await pool.request('build', request, { signal })).value
    } finally {
      this.#next()
      if (pool !== undefined) {
        this.#running.delete(pool)
        await pool.close()
      }
    }
  }

  /** Ends what is running. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map((pool) => pool.close()))
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    const reason = obsolete({ signal })
    if (reason) throw reason
    if (this.#busy < concurrentBuilds) {
      this.#busy++
      return
    }
    if (this.#waiting.length >= waitingBuilds) {
      throw new DatasetError('overloaded', `${waitingBuilds} data sets wait to be looked through already.`)
    }
    await this.#wait(signal)
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const turn = () => {
        unwatch()
        resolve()
      }
      const unwatch = watchWork({ signal }, (error) => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1)
        reject(error)
      })
      this.#waiting.push(turn)
    })
  }

  /** Hands the turn on, or gives it back. */
  #next(): void {
    const next = this.#waiting.shift()
    if (next !== undefined) next()
    else this.#busy--
  }
}
