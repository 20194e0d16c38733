import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type Job,
  type PgPool,
  type Processor,
  Queue,
  Worker,
  type WorkerOptions,
} from 'bullmq'
import { BullMQOtel } from 'bullmq-otel'
import { openPool } from './sql-pool.ts'

/** A queue of BullMQ on any back end. */
export type BullQueue<D> = Queue<D, unknown, string, D, unknown, string, IQueueBackend, unknown>
export type BullWorker<D> = Worker<D, unknown, string, IQueueBackend, BullProgress, unknown>
export type BullJob<D> = Job<D, unknown, string>
type BullProgress = Job['progress']

export interface ConnectionOptions {
  /** `redis://`, `rediss://`, `postgres://` or `pglite://` with everything that is needed to connect. */
  readonly url: string
  /** Names that are shared by those who work together; queues of other namespaces are never seen. */
  readonly namespace?: string
  /** Pause before what has failed is tried again, milliseconds; 1000 by default, twice as long every further time. */
  readonly retryMs?: number
  /** Told about errors of the connection; it mends itself. */
  readonly onError?: (error: Error) => void
}

/** Makes queues and workers of BullMQ on the back end of a URL. */
export interface Connector {
  queue<D>(name: string): BullQueue<D>
  worker<D>(name: string, process: Processor<D, unknown>, options: WorkOptions): BullWorker<D>
  /** All jobs of a queue at one moment, in whatever state. */
  all<D>(queue: BullQueue<D>): Promise<BullJob<D>[]>
  /** To be called when all queues and workers are closed. */
  close(): Promise<void>
}

type WorkOptions = Omit<WorkerOptions<unknown>, 'connection' | 'prefix' | 'telemetry'>

/** Longest pause between two attempts to connect, milliseconds. */
const MAX_PAUSE_MS = 1000

const pause = (attempt: number): number => Math.min(50 * 2 ** attempt, MAX_PAUSE_MS)

interface Backend {
  readonly factory: BackendFactory<IQueueBackend, unknown>
  readonly all: Connector['all']
  /** Ends what all queues share. */
  readonly close: () => Promise<void>
}

/** Every state that a job of BullMQ can be in. */
const everywhere = ['waiting', 'active', 'waiting-children', 'delayed', 'completed', 'failed'] as const

/** BullMQ asks PostgreSQL for one state after the other, and so misses a job, or finds it twice, that moves meanwhile. */
async function allOnPostgres<D>(pool: PgPool, queue: BullQueue<D>): Promise<BullJob<D>[]> {
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM job WHERE queue = $1', [queue.name])
  const jobs = await Promise.all(rows.map(({ id }) => queue.getJob(id)))
  return jobs.filter((job) => job !== undefined)
}

/** BullMQ's own back ends by the scheme of a URL. They connect to it, whatever the options of a queue say. */
function backendOf(url: string): Backend {
  if (/^rediss?:\/\//.test(url)) {
    const connection = { url, maxRetriesPerRequest: null, retryStrategy: pause }
    return {
      factory: (name, options, kind) => createRedisBackend(name, { ...options, connection }, kind),
      all: (queue) => queue.getJobs([...everywhere]),
      close: async () => undefined,
    }
  }
  if (/^(postgres(ql)?|pglite):\/\//.test(url)) {
    const connection = openPool(url)
    return {
      factory: (name, options, kind) => createPostgresBackend(name, { ...options, connection }, kind),
      all: (queue) => allOnPostgres(connection, queue),
      close: () => connection.end(),
    }
  }
  throw new Error(`no queue can be kept at ${url.split(':', 1)[0]}://: use redis:// or postgres://`)
}

/** @throws Error where no back end has the URL's scheme */
export function connector({ url, namespace = 'crp', onError = () => {} }: ConnectionOptions): Connector {
  const { factory, all, close } = backendOf(url)
  // Postgres has no prefix, so that the namespace is part of the names.
  const named = (name: string) => `${namespace}-${name}`
  // Carries the trace of the process from who submits a job to who works on it; does nothing where there is none.
  const telemetry = new BullMQOtel({ tracerName: 'crp-serve' })
  return {
    queue<D>(name: string): BullQueue<D> {
      const queue: BullQueue<D> = new Queue(named(name), { connection: { url }, telemetry }, factory)
      queue.on('error', onError)
      return queue
    },
    worker<D>(name: string, process: Processor<D, unknown>, options: WorkOptions): BullWorker<D> {
      const worker: BullWorker<D> = new Worker(
        named(name),
        process,
        { ...options, connection: { url }, telemetry },
        factory,
      )
      worker.on('error', onError)
      return worker
    },
    all,
    close,
  }
}
