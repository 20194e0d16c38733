import { obsolete, watchWork } from '@crp-serve/runtime'
import type { WorkOptions } from '../config.ts'
import { BatchSizes } from './batch-sizes.ts'
import { FairQueue } from './fair-queue.ts'

/** How a run of several units wants to be treated. */
export interface RunOptions {
  /** Aborted when nobody waits for any of the units any more. */
  readonly signal: AbortSignal
  readonly priority: number
}

/** What a run gives. */
export interface Together<R> {
  /** One for each unit. */
  readonly results: readonly R[]
  /** Milliseconds that were computed for all of them. */
  readonly computeMs: number
}

/** A piece of work that may be done together with others of its kind. */
export interface Unit<P, R> {
  /** Units of one key can run together; null where it runs alone. */
  readonly key: string | null
  readonly rows: number
  /** Most rows of one run of units of this key, by the memory that they take. */
  readonly mostRows: number
  /** Work in multiply-accumulates. */
  readonly cost: number
  readonly payload: P
  readonly work: WorkOptions
  /** Runs units of one key. */
  readonly run: (payloads: readonly P[], options: RunOptions) => Promise<Together<R>>
}

/** The result of a unit, and how long it waited for its turn. */
export interface Turn<R> {
  readonly value: R
  readonly waitedMs: number
}

export interface BatcherOptions {
  /** Engine processes: so many runs compute at once. */
  readonly processes: number
  /** Most rows of different requests that run together; 1 lets every request run alone. */
  readonly maxRows: number
  /** How long a unit waits for company that is not there yet, in milliseconds. */
  readonly delayMs: number
}

interface Entry {
  readonly unit: Unit<unknown, unknown>
  readonly priority: number
  readonly tenant: string
  readonly cost: number
  readonly queuedAt: number
  /** Null where it runs alone, from the start or because it failed in company. */
  key: string | null
  group: Group | undefined
  readonly resolve: (turn: Turn<unknown>) => void
  readonly reject: (error: unknown) => void
}

/** Units that run together. */
interface Group {
  readonly controller: AbortController
  /** Those of its units that somebody waits for. */
  readonly wanted: Set<Entry>
}

/** Errors that say nothing about one member: all of them meet it alone, too. */
const common: readonly unknown[] = ['shutting-down', 'model-load-failed', 'cancelled']

const rowsOf = (entries: readonly Entry[]) => entries.reduce((sum, { unit }) => sum + unit.rows, 0)

/**
 * Lets units of one kind share a run. Whoever comes to an idle engine starts at once; what waits meanwhile goes together,
 * as many rows as are worth it (`BatchSizes`). Turns are fair (`FairQueue`). A unit that is cancelled or late leaves its
 * company to itself, and one that fails in company is tried once more alone, so that no other is to blame.
 */
export class Batcher {
  readonly #options: BatcherOptions
  readonly #queue = new FairQueue<Entry>()
  readonly #sizes = new BatchSizes()
  #running = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: BatcherOptions) {
    this.#options = options
  }

  /** Units that wait for their turn. */
  get waiting(): number {
    return this.#queue.length
  }

  /** @throws what the run throws; RuntimeError `cancelled`, `deadline-exceeded` */
  async run<P, R>(unit: Unit<P, R>): Promise<Turn<R>> {
    const reason = obsolete(unit.work)
    if (reason) throw reason
    const { key, cost, work } = unit
    const turn = new Promise<Turn<unknown>>((resolve, reject) => {
      const entry: Entry = {
        // Only its own `run` ever sees a payload.
        unit: unit as unknown as Unit<unknown, unknown>,
        priority: work.priority ?? 0,
        tenant: work.tenant ?? '',
        cost: Math.max(1, cost),
        queuedAt: performance.now(),
        key,
        group: undefined,
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error)),
      }
      const unwatch = watchWork(work, (error) => this.#giveUp(entry, error))
      const settle = (deliver: () => void) => {
        unwatch()
        entry.group?.wanted.delete(entry)
        deliver()
      }
      this.#queue.push(entry)
      this.#startWhatCan()
    })
    return turn as Promise<Turn<R>>
  }

  #giveUp(entry: Entry, error: Error): void {
    const { group } = entry
    this.#queue.remove(entry)
    entry.reject(error)
    if (group?.wanted.size === 0) group.controller.abort(error)
  }

  #startWhatCan(): void {
    for (let lead = this.#queue.peek(); lead !== undefined; lead = this.#queue.peek()) {
      const waiting = this.#companyOf(lead, this.#most(lead))
      const entries = this.#companyOf(lead, this.#best(lead, rowsOf(waiting)))
      if (!this.#mayStart(lead, rowsOf(entries) >= this.#best(lead, this.#most(lead)))) return
      for (const entry of entries) this.#queue.remove(entry)
      void this.#start(entries)
    }
  }

  /** Rows that a unit and its company may have at most. */
  #most({ key, unit }: Entry): number {
    return key === null ? 1 : Math.max(1, Math.min(this.#options.maxRows, unit.mostRows))
  }

  /** Rows that are worth being computed together, of so many. */
  #best({ key }: Entry, rows: number): number {
    return key === null ? 1 : this.#sizes.best(key, rows)
  }

  /** A unit and those that can run with it, in the order of their turns. */
  #companyOf(lead: Entry, limit: number): Entry[] {
    const entries = [lead]
    let rows = lead.unit.rows
    if (lead.key === null) return entries
    for (const entry of this.#queue.inTurn()) {
      if (rows >= limit || entry.priority !== lead.priority) break
      if (entry === lead || entry.key !== lead.key || rows + entry.unit.rows > limit) continue
      rows += entry.unit.rows
      entries.push(entry)
    }
    return entries
  }

  /**
   * A run starts when a process is free. A full one, which no waiting makes better, is handed on one run earlier, so that a
   * process goes from one to the next without a pause.
   */
  #mayStart(lead: Entry, isFull: boolean): boolean {
    const { processes, delayMs } = this.#options
    if (isFull) return this.#running < 2 * processes
    if (this.#running >= processes) return false
    const left = lead.key === null ? 0 : lead.queuedAt + delayMs - performance.now()
    if (left <= 0) return true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#startWhatCan(), left)
    return false
  }

  async #start(entries: readonly Entry[]): Promise<void> {
    const [{ unit, priority }] = entries as readonly [Entry]
    const group: Group = { controller: new AbortController(), wanted: new Set(entries) }
    for (const entry of entries) entry.group = group
    const startedAt = performance.now()
    this.#running += 1
    try {
      const payloads = entries.map((entry) => entry.unit.payload)
      const { results, computeMs } = await unit.run(payloads, { signal: group.controller.signal, priority })
      this.#learn(entries, computeMs)
      for (const [i, entry] of entries.entries()) {
        entry.resolve({ value: results[i], waitedMs: startedAt - entry.queuedAt })
      }
    } catch (error) {
      this.#failed(group, entries.length > 1, error)
    } finally {
      this.#running -= 1
      this.#startWhatCan()
    }
  }

  #learn(entries: readonly Entry[], computeMs: number): void {
    const [{ key }] = entries as readonly [Entry]
    if (key !== null) this.#sizes.record(key, rowsOf(entries), computeMs)
  }

  #failed({ wanted }: Group, inCompany: boolean, error: unknown): void {
    const isCommon = common.includes((error as { code?: unknown }).code)
    for (const entry of [...wanted]) {
      entry.group = undefined
      if (!inCompany || isCommon) entry.reject(error)
      else {
        entry.key = null
        this.#queue.push(entry)
      }
    }
  }
}
