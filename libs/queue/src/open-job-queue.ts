import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFinal, type Job, type JobKind, type JobStatus, ProblemError } from '@crp-serve/contracts'
import { type BullJob, type ConnectionOptions, type Connector, connector } from './connection.ts'
import type { JobEvent, JobQueue, SubmitOptions } from './job-queue.ts'
import type { JobPayloads } from './kinds.ts'
import { listJobs } from './list.ts'
import { answersWithin, REACH_MS } from './reach.ts'
import { closeQueues, JobReader, openQueues, type Queues } from './reader.ts'
import type { JobRecord } from './records.ts'
import { jobOptions, RETRY_MS } from './retries.ts'

export interface QueueOptions extends ConnectionOptions {
  /** Milliseconds after which a call is given up because the queue cannot be reached; 5000 by default. */
  readonly timeoutMs?: number
  /** Milliseconds between two looks at a job that somebody watches; 250 by default. */
  readonly watchMs?: number
}

/** How long a job that was cancelled may hold on to its worker before it can be started anew, milliseconds. */
const LET_GO_MS = 4000

/** How often a job is added that somebody else who starts it anew, or forgets its earlier self, removes at the same moment. */
const ADD_ATTEMPTS = 4

/** Names a state of a job. What only time changes does not count. */
export const jobStateId = ({ eta_seconds: _, ...job }: Job): string =>
  createHash('sha256').update(JSON.stringify(job)).digest('base64url').slice(0, 16)

const fresh = (payload: JobPayloads[JobKind], digest: string | undefined): JobRecord => ({
  payload,
  digest: digest ?? null,
  run: randomUUID().slice(0, 8),
  started: null,
  steps: {},
  once: {},
})

class OpenJobQueue implements JobQueue {
  readonly #connect: Connector
  readonly #queues: Queues
  readonly #reader: JobReader
  readonly #timeoutMs: number
  readonly #watchMs: number
  readonly #retryMs: number
  /** Looks at a job that are under way or have just been taken: those who watch the same job share them. */
  readonly #looks = new Map<string, Promise<Job | undefined>>()
  #question: Promise<number> | undefined

  constructor(connect: Connector, { timeoutMs = 5000, watchMs = 250, retryMs = RETRY_MS }: QueueOptions) {
    this.#connect = connect
    this.#queues = openQueues(connect)
    this.#reader = new JobReader(this.#queues)
    this.#timeoutMs = timeoutMs
    this.#watchMs = watchMs
    this.#retryMs = retryMs
  }

  submit<K extends JobKind>(kind: K, payload: JobPayloads[K], options: SubmitOptions) {
    return this.#reaching(async () => {
      if (options.restart) await this.#removeFailed(options.id)
      const record = fresh(payload, options.digest)
      const job = await this.#added(kind, record, options.id)
      refuseOther(job, options)
      const shown = await this.#reader.show(job, await this.#queues.outcomes.read(options.id, job.data.run))
      return { job: shown, created: job.data.run === record.run }
    })
  }

  get(id: string): Promise<Job | undefined> {
    return this.#reaching(() => this.#reader.read(id))
  }

  list(limit: number, cursor?: string, status?: JobStatus) {
    return this.#reaching(() => listJobs(this.#queues, this.#reader, { limit, cursor, status }))
  }

  cancel(id: string): Promise<Job | undefined> {
    return this.#reaching(async () => {
      const job = await this.#queues.jobs.getJob(id)
      if (job === undefined) return undefined
      const { progress, status } = await this.#reader.show(
        job,
        await this.#queues.outcomes.read(id, job.data.run),
      )
      if (!isFinal(status))
        await this.#queues.outcomes.settle(id, job.data.run, { status: 'cancelled', progress })
      return this.#reader.read(id)
    })
  }

  async *events(
    id: string,
    options: { after?: string; signal?: AbortSignal } = {},
  ): AsyncGenerator<JobEvent> {
    let last = options.after
    while (!options.signal?.aborted) {
      const job = await this.#look(id).catch(() => null)
      if (job === undefined) return
      // A queue that cannot be reached for a while says nothing new.
      if (job === null) {
        await sleep(this.#watchMs, undefined, options).catch(() => undefined)
        continue
      }
      const event = { id: jobStateId(job), job }
      if (event.id !== last) yield event
      last = event.id
      if (isFinal(job.status)) return
      await sleep(this.#watchMs, undefined, options).catch(() => undefined)
    }
  }

  ready(): Promise<boolean> {
    // Questions wait for a queue that is away: those who ask meanwhile share one.
    this.#question ??= this.#queues.jobs.getJobCountByTypes('waiting').finally(() => {
      this.#question = undefined
    })
    return answersWithin(this.#question, REACH_MS)
  }

  async close(): Promise<void> {
    await closeQueues(this.#queues, this.#connect)
  }

  #look(id: string): Promise<Job | undefined> {
    const shared = this.#looks.get(id)
    if (shared !== undefined) return shared
    const look = this.get(id)
    this.#looks.set(id, look)
    setTimeout(() => this.#looks.delete(id), this.#watchMs / 2).unref()
    return look
  }

  /** Adds a job, unless there is one of its id; gives the one that is there. */
  async #added(kind: JobKind, record: JobRecord, id: string): Promise<BullJob<JobRecord>> {
    for (let attempt = 1; attempt <= ADD_ATTEMPTS; attempt++) {
      await this.#queues.jobs.add(kind, record, { ...jobOptions(this.#retryMs), jobId: id })
      const job = await this.#queues.jobs.getJob(id)
      if (job !== undefined) return job
    }
    throw new Error(`the job ${id} was forgotten while it was submitted`)
  }

  /**
   * Removes a job that has failed or was cancelled, with its tasks, as soon as no worker holds it. Somebody else may start it
   * anew meanwhile: that one stays.
   */
  async #removeFailed(id: string): Promise<void> {
    const limit = Date.now() + LET_GO_MS
    while (await this.#hasFailed(id)) {
      if ((await this.#queues.jobs.remove(id, { removeChildren: true })) > 0) return
      if (Date.now() > limit)
        throw new ProblemError('jobs-unavailable', `The job ${id} is still being ended.`)
      await sleep(100)
    }
  }

  async #hasFailed(id: string): Promise<boolean> {
    const job = await this.#reader.read(id)
    return job?.status === 'failed' || job?.status === 'cancelled'
  }

  /** Does something with the queue, unless it cannot be reached. */
  async #reaching<T>(work: () => Promise<T>): Promise<T> {
    const timer = new AbortController()
    const late = sleep(this.#timeoutMs, undefined, { signal: timer.signal }).then(() => {
      throw new ProblemError('jobs-unavailable', 'The queue of jobs does not answer.')
    })
    late.catch(() => undefined)
    const working = work()
    working.catch(() => undefined)
    try {
      return await Promise.race([working, late])
    } catch (error) {
      throw error instanceof ProblemError ? error : unavailable(error)
    } finally {
      timer.abort()
    }
  }
}

const unavailable = (cause: unknown): ProblemError =>
  new ProblemError('jobs-unavailable', 'The queue of jobs cannot be used.', { cause })

function refuseOther({ id, data, name }: BullJob<JobRecord>, { digest }: SubmitOptions): void {
  if (digest === undefined || data.digest === digest) return
  throw new ProblemError(
    'idempotency-key-reused',
    `The key belongs to the job ${id} (${name}), which was submitted with other content.`,
  )
}

/**
 * Opens the queue for those who submit and watch jobs. It connects on its own and again whenever a connection is lost.
 * @throws Error where no back end has the URL's scheme
 */
export function openJobQueue(options: QueueOptions): JobQueue {
  const connect = connector(options)
  return new OpenJobQueue(connect, options)
}
