import { setTimeout as sleep } from 'node:timers/promises'
import {
  type BullJob,
  type BullWorker,
  type ConnectionOptions,
  type Connector,
  connector,
} from './connection.ts'
import { Interruption } from './errors.ts'
import type { Handlers } from './handlers.ts'
import { jobKinds, taskKinds } from './kinds.ts'
import { type Failure, fail, lostError, type Shop } from './perform.ts'
import { answersWithin, REACH_MS } from './reach.ts'
import { closeQueues, openQueues, type Queues } from './reader.ts'
import type { JobRecord, TaskRecord } from './records.ts'
import { forgetOld, type OnForget, type Retention } from './retention.ts'
import { RETRY_MS } from './retries.ts'
import { runJob } from './run-job.ts'
import { runTask } from './run-task.ts'

export interface WorkerOptions extends ConnectionOptions {
  readonly handlers: Handlers
  /** Jobs and tasks at a time in this process; 1 each by default. A job that waits for its tasks counts for none. */
  readonly concurrency?: { readonly jobs: number; readonly tasks: number }
  /**
   * Milliseconds after which another worker may take what this one holds and does not renew, 30000 by default: as long
   * as a job rests when its worker is killed.
   */
  readonly lockMs?: number
  /** Milliseconds between two looks at whether work here was cancelled elsewhere; 500 by default. */
  readonly pollMs?: number
  /** How long finished jobs are kept; for ever by default. */
  readonly retention?: Retention
  readonly onForget?: OnForget
  /** Told about every attempt that has failed. */
  readonly onFailure?: (failure: Failure) => void
}

/** Works on jobs until it is closed. */
export interface JobWorker {
  /** Resolves when the queue is reached for the first time. */
  ready(): Promise<void>
  /** Whether the queue answers now. */
  reachable(): Promise<boolean>
  /** Whether there is a job of an id, in whatever state. */
  knows(id: string): Promise<boolean>
  /** Takes no more work; lets what is at hand be finished for `graceMs`, then gives it back to the queue. */
  close(graceMs?: number): Promise<void>
}

/** How often a job may lose its worker. */
const MAX_LOSSES = 10

const FORGET_EVERY_MS = 60_000

/** When jobs are looked at again that a worker still held. */
const FORGET_AGAIN_MS = 500

/** @throws Error where a kind has no handler, or a handler no kind */
function checkHandlers({ jobs, tasks }: Handlers): void {
  const differing = [
    ...jobKinds.filter((kind) => !Object.hasOwn(jobs, kind)).map((kind) => `the job ${kind} has none`),
    ...taskKinds.filter((kind) => !Object.hasOwn(tasks, kind)).map((kind) => `the task ${kind} has none`),
    ...Object.keys(jobs).filter((kind) => !jobKinds.some((one) => one === kind)),
    ...Object.keys(tasks).filter((kind) => !taskKinds.some((one) => one === kind)),
  ]
  if (differing.length > 0) throw new Error(`handlers and kinds differ: ${differing.join(', ')}`)
}

/** Starts both kinds of workers of BullMQ. */
function startWorkers(connect: Connector, shop: Shop, options: WorkerOptions) {
  const { handlers, concurrency = { jobs: 1, tasks: 1 }, lockMs = 30_000 } = options
  const shared = {
    lockDuration: lockMs,
    stalledInterval: lockMs / 2,
    maxStalledCount: MAX_LOSSES,
    // How soon a worker goes on that could not reach the queue.
    runRetryDelay: 1000,
  }
  const jobs: BullWorker<JobRecord> = connect.worker(
    'jobs',
    (job: BullJob<JobRecord>, token) => runJob(job, token!, shop, handlers.jobs),
    { ...shared, concurrency: concurrency.jobs },
  )
  const tasks: BullWorker<TaskRecord> = connect.worker(
    'tasks',
    (task: BullJob<TaskRecord>, token) => runTask(task, token, shop, handlers.tasks),
    { ...shared, concurrency: concurrency.tasks },
  )
  for (const worker of [jobs, tasks]) {
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids)
        shop.active
          .get(id)
          ?.interrupt(new Interruption('lock-lost', 'Another worker has taken the work over.'))
    })
  }
  // A job that lost its worker too often is failed by BullMQ itself; its outcome must say so.
  jobs.on('failed', (job, error) => {
    if (job?.deferredFailure) void giveUp(shop, { id: job.id!, run: job.data.run }, error)
  })
  return [jobs, tasks] as const
}

const giveUp = (shop: Shop, job: { id: string; run: string }, { message }: Error): Promise<void> =>
  fail(shop.queues, job, lostError(message)).catch((error) =>
    shop.onFailure({ job: job.id, attempt: 0, final: true, error }),
  )

/** Forgets old jobs every now and then. */
function startForgetting(queues: Queues, { retention, onForget = async () => {}, onError }: WorkerOptions) {
  if (retention === undefined) return () => undefined
  const stopped = new AbortController()
  const forget = async () => {
    while (!stopped.signal.aborted) {
      const left = await forgetOld(queues, retention, onForget).catch((error: Error) => onError?.(error))
      await sleep(left ? FORGET_AGAIN_MS : FORGET_EVERY_MS, undefined, { signal: stopped.signal })
    }
  }
  forget().catch(() => undefined)
  return () => stopped.abort()
}

/**
 * Starts to work on jobs. It connects on its own and again whenever a connection is lost.
 * @throws Error where a kind has no handler or no back end has the URL's scheme
 */
export function startJobWorker(options: WorkerOptions): JobWorker {
  checkHandlers(options.handlers)
  const connect = connector(options)
  const queues = openQueues(connect)
  const { pollMs = 500, retryMs = RETRY_MS, onFailure = () => {} } = options
  const shop: Shop = { queues, pollMs, retryMs, onFailure, active: new Map() }
  const workers = startWorkers(connect, shop, options)
  const stopForgetting = startForgetting(queues, options)
  return {
    async ready() {
      await Promise.all(workers.map((worker) => worker.waitUntilReady()))
    },
    reachable: () => answersWithin(queues.jobs.getJobCountByTypes('waiting'), REACH_MS),
    knows: async (id) => (await queues.jobs.getJob(id)) !== undefined,
    async close(graceMs = 0) {
      stopForgetting()
      const closing = new Interruption('worker-closing', 'The worker is shutting down.')
      const interrupt = () => {
        for (const { interrupt } of shop.active.values()) interrupt(closing)
      }
      const timer = setTimeout(interrupt, graceMs)
      await Promise.all(workers.map((worker) => worker.close()))
      clearTimeout(timer)
      await closeQueues(queues, connect)
    },
  }
}
