import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { embeddedQueue } from '../start/queue.ts'
import { childrenOf, engineProcesses, type Held } from './memory.ts'
import { end, freePort, ready, serviceFile, startBenchStack, startProcess } from './stack.ts'

/** The body of `POST /v1/feature-visualizations`. */
export type RunRequest = Readonly<Record<string, unknown>> & { readonly range: readonly [number, number] }

/** A run that has ended well. */
export interface FinishedRun {
  /** From the submission to the last file, ms, as the job itself says. */
  readonly ms: number
  /** Where its files lie. */
  readonly folder: string
}

/** Gateway, attribution worker, queue and job workers as processes of their own, as `npm start` has them. */
export interface JobStack {
  /** Brings the number of job workers to `count`. */
  scale(count: number): Promise<void>
  /** Registers the samples of a folder. */
  addDataset(name: string, directory: string): Promise<void>
  /** Does a feature visualization, from the request to the end of the job. */
  run(request: RunRequest): Promise<FinishedRun>
  /** Memory of the engine processes of the job workers, and of all that belongs to the job workers. */
  memory(held: Held): Readonly<Record<'engine' | 'whole', number>>
  stop(): Promise<void>
}

interface Job {
  readonly id: string
  readonly status: string
  readonly created_at: string
  readonly finished_at: string
}

const lookMs = 100

async function call<T>(url: string, body?: object): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, body ? { method: 'POST', headers, body: JSON.stringify(body) } : {})
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`)
  return JSON.parse(text) as T
}

/** Waits for the end of a job; a queue that is too busy to answer once is asked again. */
async function finished(origin: string, id: string): Promise<Job> {
  for (let silent = 0; silent < 10; await sleep(lookMs)) {
    const answer = await fetch(`${origin}/v1/jobs/${id}`)
    silent = answer.ok ? 0 : silent + 1
    if (!answer.ok) continue
    const job = (await answer.json()) as Job
    if (job.status === 'succeeded') return job
    if (job.status === 'failed') throw new Error(`the job failed: ${JSON.stringify(job)}`)
  }
  throw new Error('the queue of jobs does not answer')
}

/**
 * Starts everything but job workers.
 * @param env variables of all services; `DATASET_ROOTS` among them where data sets are to be registered
 */
export async function startJobStack(
  dataDir: string,
  env: Readonly<Record<string, string>>,
): Promise<JobStack> {
  const queue = embeddedQueue(dataDir, await freePort())
  const server = startProcess('scripts/start/queue-server.ts', queue.env)
  const all = { ...env, QUEUE_URL: queue.url }
  const stack = await startBenchStack(dataDir, all)
  const workers: ChildProcess[] = []
  const startWorker = async () => {
    const port = await freePort()
    const variables = {
      LOG_LEVEL: 'warn',
      DATA_DIR: dataDir,
      ATTRIBUTION_URL: stack.workerOrigin,
      ...all,
      JOB_WORKER_PORT: String(port),
    }
    workers.push(startProcess(serviceFile('feature-visualization'), variables))
    await ready(`http://127.0.0.1:${port}`)
  }
  const scale = async (count: number) => {
    while (workers.length > count) await end(workers.pop()!)
    while (workers.length < count) await startWorker()
  }
  const sum = (pids: readonly number[], held: Held) => pids.reduce((total, pid) => total + held(pid), 0)
  return {
    scale,
    async addDataset(name, directory) {
      await call(`${stack.origin}/v1/datasets`, { name, source: { directory } })
    },
    async run(request) {
      const { id } = await call<Job>(`${stack.origin}/v1/feature-visualizations`, request)
      const { created_at, finished_at } = await finished(stack.origin, id)
      const ms = Date.parse(finished_at) - Date.parse(created_at)
      return { ms, folder: join(dataDir, 'feature-visualizations', id) }
    },
    memory(held) {
      const pids = workers.map(({ pid }) => pid!)
      return {
        engine: sum(
          pids.flatMap((pid) => engineProcesses(pid)),
          held,
        ),
        whole: sum(
          pids.flatMap((pid) => [pid, ...childrenOf(pid)]),
          held,
        ),
      }
    },
    async stop() {
      await scale(0)
      await stack.stop()
      await end(server)
    },
  }
}
