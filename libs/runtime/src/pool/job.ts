import { RuntimeError } from '../errors.ts'

/** How a request wants to be treated. */
export interface RequestOptions {
  /** Aborting drops a queued request, and asks the child of a running one to stop (and kills it if it does not). */
  readonly signal?: AbortSignal | undefined
  /** Moment after which nobody wants the answer, in milliseconds since the epoch (`Date.now()`). */
  readonly deadline?: number | undefined
  /** Higher runs earlier; equal priorities run in order of arrival. Default 0. */
  readonly priority?: number | undefined
  /** Keys of what the request uses; among free children the one that holds most of them gets it. */
  readonly affinity?: readonly string[] | undefined
}

/** Why nobody wants an answer any more, if so. */
export function obsolete({ signal, deadline }: RequestOptions): RuntimeError | undefined {
  if (signal?.aborted) return cancelled(signal)
  return deadline !== undefined && deadline <= Date.now() ? lateness(deadline) : undefined
}

/**
 * Calls `stop` when the caller's signal aborts or the deadline passes.
 * @returns ends the watch
 */
export function watchWork(
  { signal, deadline }: RequestOptions,
  stop: (error: RuntimeError) => void,
): () => void {
  const onAbort = () => stop(cancelled(signal))
  signal?.addEventListener('abort', onAbort, { once: true })
  const delay = deadline === undefined ? undefined : deadline - Date.now()
  const timer =
    delay !== undefined && delay <= longestDelay
      ? setTimeout(() => stop(lateness(deadline)), delay)
      : undefined
  return () => {
    signal?.removeEventListener('abort', onAbort)
    clearTimeout(timer)
  }
}

/** An answer with the time it waited for a child and the time the child had it, in milliseconds. */
export interface Reply<T> {
  readonly value: T
  readonly queueMs: number
  readonly runMs: number
}

// setTimeout takes a signed 32-bit delay; a longer one would fire at once.
const longestDelay = 2 ** 31 - 1

/** One request from its arrival to its only answer. */
export class Job {
  readonly method: string
  readonly input: unknown
  readonly priority: number
  readonly affinity: readonly string[]
  readonly answer: Promise<Reply<unknown>>
  readonly #options: RequestOptions
  readonly #queuedAt = performance.now()
  #startedAt = this.#queuedAt
  #settled = false
  #resolve!: (reply: Reply<unknown>) => void
  #reject!: (error: Error) => void
  #unwatch = () => {}

  constructor(method: string, input: unknown, options: RequestOptions) {
    this.method = method
    this.input = input
    this.priority = options.priority ?? 0
    this.affinity = options.affinity ?? []
    this.#options = options
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Why nobody wants the answer any more, if so. */
  get obsolete(): RuntimeError | undefined {
    return obsolete(this.#options)
  }

  /** Calls `stop` once if the caller's signal aborts or the deadline passes before the job is settled. */
  watch(stop: (error: RuntimeError) => void): void {
    this.#unwatch = watchWork(this.#options, stop)
  }

  start(): void {
    this.#startedAt = performance.now()
  }

  resolve(value: unknown): void {
    const runMs = performance.now() - this.#startedAt
    this.#settle(() => this.#resolve({ value, queueMs: this.#startedAt - this.#queuedAt, runMs }))
  }

  reject(error: Error): void {
    this.#settle(() => this.#reject(error))
  }

  #settle(deliver: () => void): void {
    if (this.#settled) return
    this.#settled = true
    this.#unwatch()
    deliver()
  }
}

function cancelled(signal: AbortSignal | undefined): RuntimeError {
  return new RuntimeError('cancelled', 'The request was cancelled.', { cause: signal?.reason })
}

function lateness(deadline: number | undefined): RuntimeError {
  return new RuntimeError('deadline-exceeded', 'The request was not answered before its deadline.', {
    details: { deadline },
  })
}
