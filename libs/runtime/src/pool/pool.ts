import { RuntimeError } from '../errors.ts'
import type { ChildEntry } from './child-entry.ts'
import { type ChildExit, deathError, ForkedChild } from './forked-child.ts'
import { Job, type Reply, type RequestOptions } from './job.ts'
import { JobQueue } from './job-queue.ts'
import type { Handlers, InputOf, ResultOf } from './protocol.ts'

/** What happens to children, for a log. */
export type PoolEvent =
  | { readonly type: 'child-ready'; readonly pid: number | undefined }
  | {
      readonly type: 'child-recycled'
      readonly pid: number | undefined
      /** Private memory that was over the limit. */
      readonly memoryBytes: number
    }
  | {
      readonly type: 'child-gone'
      readonly pid: number | undefined
      readonly exit: ChildExit
      /** Milliseconds until its replacement is started; absent when the pool is closing. */
      readonly replacedInMs?: number
    }

export interface PoolOptions {
  readonly entry: ChildEntry
  /** Number of children. */
  readonly size: number
  /** Handed to the children's setup; structured-cloned. */
  readonly settings?: unknown
  /** Requests that may wait; one more is `overloaded`. Default 256. */
  readonly queueLimit?: number
  /** How long a cancelled handler may go on before its child is killed. Default 3000 ms. */
  readonly cancelGraceMs?: number
  /** A child with more private memory than this is replaced between two requests. Default: no limit. */
  readonly memoryLimitBytes?: number
  /** Delay before replacing a child that failed again without an answer in between: doubled from `first` to `longest`. */
  readonly backoffMs?: { readonly first: number; readonly longest: number }
  readonly onEvent?: (event: PoolEvent) => void
}

export interface PoolStatus {
  readonly queued: number
  readonly children: readonly {
    readonly pid: number | undefined
    readonly state: 'starting' | 'free' | 'busy' | 'ending'
    readonly memoryBytes: number
    readonly held: readonly string[]
  }[]
}

interface Slot {
  child?: ForkedChild
  /** Deaths since the last answer. */
  failures: number
  replacement?: NodeJS.Timeout
  /** Requests for this very child, ahead of the common queue. */
  readonly own: JobQueue
}

interface FirstStart {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

const idleGraceMs = 5000

/**
 * A fixed number of child processes that answer requests, one at a time each. Every request gets exactly one answer:
 * its handler's result or error, or a `RuntimeError` with the code `engine-crashed`, `engine-killed`, `cancelled`,
 * `deadline-exceeded`, `overloaded` or `shutting-down`. A request whose child dies is not tried again: it may be the
 * reason. `H` is the type of the children's handlers.
 */
export class ProcessPool<H extends Handlers> {
  readonly #options: Required<Omit<PoolOptions, 'settings'>> & { readonly settings: unknown }
  readonly #slots: Slot[]
  readonly #queue = new JobQueue()
  readonly #pending = new Set<Job>()
  #accepting = true
  #closing = false
  #firstStart: FirstStart | undefined

  private constructor(options: PoolOptions) {
    this.#options = {
      settings: undefined,
      queueLimit: 256,
      cancelGraceMs: 3000,
      memoryLimitBytes: Number.POSITIVE_INFINITY,
      backoffMs: { first: 200, longest: 30_000 },
      onEvent: () => {},
      ...options,
    }
    this.#slots = Array.from({ length: options.size }, () => ({ failures: 0, own: new JobQueue() }))
  }

  /**
   * Forks the children and waits until all are ready.
   * @throws the error of a child's setup, or `engine-crashed`; no child is left behind.
   */
  static async start<H extends Handlers>(options: PoolOptions): Promise<ProcessPool<H>> {
    const pool = new ProcessPool<H>(options)
    try {
      await new Promise<void>((resolve, reject) => {
        pool.#firstStart = { resolve, reject }
        for (const slot of pool.#slots) pool.#spawn(slot)
      })
    } catch (error) {
      await pool.close()
      throw error
    }
    pool.#firstStart = undefined
    return pool
  }

  /** Calls the handler `method` in one child. */
  async request<M extends keyof H & string>(
    method: M,
    input: InputOf<H[M]>,
    options: RequestOptions = {},
  ): Promise<Reply<ResultOf<H[M]>>> {
    const job = new Job(method, input, options)
    const refusal = this.#refusal() ?? job.obsolete
    if (refusal) throw refusal
    this.#enqueue(job, this.#queue)
    if (this.#queue.length > this.#options.queueLimit) this.#stop(job, this.#queue, this.#overload())
    return job.answer as Promise<Reply<ResultOf<H[M]>>>
  }

  /**
   * Calls the handler `method` once in every child that is alive, ahead of waiting requests. A child that ends first
   * gives a rejected result.
   */
  async broadcast<M extends keyof H & string>(
    method: M,
    input: InputOf<H[M]>,
  ): Promise<PromiseSettledResult<Reply<ResultOf<H[M]>>>[]> {
    const refusal = this.#refusal()
    if (refusal) throw refusal
    const jobs = this.#slots
      .filter((slot) => slot.child)
      .map((slot) => this.#enqueue(new Job(method, input, {}), slot.own))
    return Promise.allSettled(jobs.map((job) => job.answer as Promise<Reply<ResultOf<H[M]>>>))
  }

  status(): PoolStatus {
    const children = this.#slots.flatMap(({ child }) =>
      child && child.state !== 'gone' ? [{ pid: child.pid, state: child.state, ...child.status }] : [],
    )
    return { queued: this.#queue.length, children }
  }

  /** Takes no more requests and resolves when those at hand are answered. */
  async drain(): Promise<void> {
    this.#accepting = false
    await Promise.allSettled([...this.#pending].map((job) => job.answer))
  }

  /**
   * Ends every child and resolves when they are gone. Waiting requests are rejected with `shutting-down`, running
   * ones with `engine-killed`: `drain()` first for a shutdown that answers them.
   */
  async close(): Promise<void> {
    this.#accepting = false
    this.#closing = true
    for (const job of this.#queue.clear()) job.reject(shuttingDown())
    for (const slot of this.#slots) {
      clearTimeout(slot.replacement)
      for (const job of slot.own.clear()) job.reject(shuttingDown())
      if (slot.child?.state === 'free') slot.child.retire(idleGraceMs)
      else slot.child?.kill()
    }
    await Promise.all(this.#slots.map((slot) => slot.child?.ended))
  }

  #refusal(): RuntimeError | undefined {
    return this.#accepting ? undefined : shuttingDown()
  }

  #overload(): RuntimeError {
    const limit = this.#options.queueLimit
    return new RuntimeError('overloaded', `${limit} requests are waiting already.`, { details: { limit } })
  }

  #enqueue(job: Job, queue: JobQueue): Job {
    this.#pending.add(job)
    const settled = () => this.#pending.delete(job)
    job.answer.then(settled, settled)
    job.watch((error) => this.#stop(job, queue, error))
    queue.push(job)
    this.#dispatch()
    return job
  }

  /** Answers a job that nobody wants any more, wherever it is. */
  #stop(job: Job, queue: JobQueue, error: RuntimeError): void {
    if (!queue.remove(job)) {
      const slot = this.#slots.find(({ child }) => child?.job === job)
      slot?.child?.cancel(this.#options.cancelGraceMs)
    }
    job.reject(error)
  }

  /** Gives every free child the next request there is for it. */
  #dispatch(): void {
    for (const { child, own } of this.#slots) {
      const job = child?.state === 'free' ? own.shift() : undefined
      if (job) child?.assign(job)
    }
    for (let job = this.#queue.peek(); job; job = this.#queue.peek()) {
      const child = this.#bestFree(job)
      if (!child) return
      this.#queue.shift()
      child.assign(job)
    }
  }

  /** The free child that holds most of what the job uses; among equals the one that holds least in all. */
  #bestFree(job: Job): ForkedChild | undefined {
    const free = this.#slots.flatMap(({ child }) => (child?.state === 'free' ? [child] : []))
    const shared = (child: ForkedChild) =>
      job.affinity.filter((key) => child.status.held.includes(key)).length
    const better = (a: ForkedChild, b: ForkedChild) =>
      shared(b) - shared(a) || a.status.memoryBytes - b.status.memoryBytes
    return free.sort(better)[0]
  }

  #spawn(slot: Slot): void {
    const events = {
      ready: (child: ForkedChild) => this.#ready(child),
      free: (child: ForkedChild) => this.#free(slot, child),
      gone: (child: ForkedChild, exit: ChildExit) => this.#gone(slot, child.pid, exit),
    }
    const { entry, settings } = this.#options
    try {
      slot.child = new ForkedChild({ entry, settings, events })
    } catch (error) {
      const refusal = new RuntimeError(
        'engine-crashed',
        `No engine process could be started: ${String(error)}`,
      )
      this.#gone(slot, undefined, { code: null, signal: null, intended: false, refusal })
    }
  }

  #ready(child: ForkedChild): void {
    this.#options.onEvent({ type: 'child-ready', pid: child.pid })
    if (this.#slots.every((slot) => slot.child?.state === 'free')) this.#firstStart?.resolve()
    this.#dispatch()
  }

  #free(slot: Slot, child: ForkedChild): void {
    slot.failures = 0
    const { memoryBytes } = child.status
    if (memoryBytes > this.#options.memoryLimitBytes) {
      this.#options.onEvent({ type: 'child-recycled', pid: child.pid, memoryBytes })
      child.retire(idleGraceMs)
    }
    this.#dispatch()
  }

  #gone(slot: Slot, pid: number | undefined, exit: ChildExit): void {
    delete slot.child
    const error = exit.refusal ?? deathError(exit.code, exit.signal)
    for (const job of slot.own.clear()) job.reject(error)
    this.#firstStart?.reject(error)
    const replaced = !this.#closing && !this.#firstStart
    const delay = replaced ? { replacedInMs: this.#replace(slot, exit) } : {}
    this.#options.onEvent({ type: 'child-gone', pid, exit, ...delay })
  }

  /** Starts a successor: at once for the first death, later and later for a child that dies again and again. */
  #replace(slot: Slot, exit: ChildExit): number {
    if (!exit.intended) slot.failures += 1
    const { first, longest } = this.#options.backoffMs
    const delay = slot.failures < 2 ? 0 : Math.min(longest, first * 2 ** (slot.failures - 2))
    slot.replacement = setTimeout(() => this.#spawn(slot), delay)
    return delay
  }
}

function shuttingDown(): RuntimeError {
  return new RuntimeError('shutting-down', 'The service is shutting down and takes no more requests.')
}
