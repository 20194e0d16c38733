import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gone, root, type ServiceProcess, startService, waitFor } from '../e2e/service-process.ts'
import { ready } from '../e2e/stack.ts'
import { freePort } from '../support/infra.ts'

/** What the tests look at of a job. */
export interface Job {
  readonly id: string
  readonly status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly phase: string
  readonly progress: { readonly done: number; readonly total: number }
  readonly error?: { readonly status: number; readonly code: string }
}

const isFinal = (status: Job['status']): boolean => status !== 'queued' && status !== 'running'

const examples = join(root, 'examples/concept-world')

/** Milliseconds after which the work of a worker that was killed is taken over. */
const lockMs = 2000

/** How often a client looks at a job, milliseconds. */
const lookMs = 50

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}

/** Kills a service and what it has started, as the operating system does when memory runs out. */
export async function killHard(process: ServiceProcess): Promise<void> {
  const below = process.descendants()
  process.kill('SIGKILL')
  await process.ended
  await gone(below)
}

/** A job worker and where it says that it is ready. */
interface JobWorker {
  readonly process: ServiceProcess
  readonly origin: string
}

/** Gateway, attribution worker and job workers on a queue, with the demo model and its pictures. */
export class JobStack {
  readonly dataDir: string
  readonly #env: Readonly<Record<string, string>>
  readonly #attribution: ServiceProcess
  #gateway: ServiceProcess
  readonly #workers: JobWorker[] = []

  private constructor(dataDir: string, env: Readonly<Record<string, string>>) {
    this.dataDir = dataDir
    this.#env = env
    this.#attribution = startService('attribution', env)
    this.#gateway = startService('gateway', env)
  }

  /** @param queueUrl of a Redis of the tests' own */
  static async start(queueUrl: string): Promise<JobStack> {
    const dataDir = await mkdtemp(join(tmpdir(), 'crp-faults-'))
    const [port, workerPort] = await Promise.all([freePort(), freePort()])
    const stack = new JobStack(dataDir, {
      LOG_LEVEL: 'error',
      PORT: String(port),
      ATTRIBUTION_PORT: String(workerPort),
      ATTRIBUTION_URL: `http://127.0.0.1:${workerPort}`,
      DATA_DIR: dataDir,
      DATASET_ROOTS: examples,
      QUEUE_URL: queueUrl,
      ENGINE_THREADS: '1',
      JOB_LOCK_MS: String(lockMs),
    })
    try {
      await stack.#gatewayReady()
      await stack.#register()
      return stack
    } catch (error) {
      await stack.stop()
      throw error
    }
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#env['PORT']}`
  }

  /** Brings the number of job workers to `count`. */
  async scale(count: number): Promise<void> {
    while (this.#workers.length > count) {
      const { process, origin } = this.#workers.pop()!
      // One that is told to stop before it listens for that does not end in order.
      await ready(origin, [process])
      await process.stop()
    }
    while (this.#workers.length < count) await this.#addWorker()
  }

  /** Kills the job worker that was started first, and starts another one in its place. */
  async replaceWorker(): Promise<void> {
    await killHard(this.#workers.shift()!.process)
    await this.#addWorker()
  }

  async #addWorker(): Promise<void> {
    const port = String(await freePort())
    const process = startService('feature-visualization', { ...this.#env, JOB_WORKER_PORT: port })
    this.#workers.push({ process, origin: `http://127.0.0.1:${port}` })
  }

  async replaceGateway(): Promise<void> {
    await killHard(this.#gateway)
    this.#gateway = startService('gateway', this.#env)
    await this.#gatewayReady()
  }

  async call<T>(path: string, method = 'GET', body?: unknown): Promise<T> {
    const answer = await fetch(`${this.origin}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return JSON.parse(text) as T
  }

  /** The problem that a path answers with. */
  async problem(path: string): Promise<unknown> {
    const answer = await fetch(this.origin + path)
    if (answer.ok) throw new Error(`GET ${path}: ${answer.status}`)
    return await answer.json()
  }

  /** A job as it is now; tried again while the service is away. */
  async job(id: string): Promise<Job> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.call<Job>(`/v1/jobs/${id}`)
      } catch (error) {
        if (tries === 200) throw error
        await sleep(lookMs)
      }
    }
  }

  /** Waits until something holds of a job. */
  async until(id: string, holds: (job: Job) => boolean): Promise<Job> {
    for (const limit = Date.now() + 110_000; ; await sleep(lookMs)) {
      const job = await this.job(id)
      if (holds(job)) return job
      if (isFinal(job.status) || Date.now() > limit)
        throw new Error(`the job is ${JSON.stringify(job)}\n${this.#output()}`)
    }
  }

  /** Waits for the end of a job, which must be a good one. */
  async result(id: string): Promise<Job & { readonly manifest: unknown }> {
    await this.until(id, ({ status }) => status === 'succeeded')
    return await this.call(`/v1/feature-visualizations/${id}`)
  }

  async stop(): Promise<void> {
    await this.scale(0)
    await this.#gateway.stop()
    await this.#attribution.stop()
    await rm(this.dataDir, { recursive: true, force: true })
  }

  #output(): string {
    const workers = this.#workers.map(({ process }) => process)
    return [this.#gateway, this.#attribution, ...workers].map((one) => one.output()).join('\n')
  }

  async #gatewayReady(): Promise<void> {
    const services = [this.#gateway, this.#attribution]
    await waitFor('the stack', () => answers(`${this.origin}/readyz`), services)
  }

  async #register(): Promise<void> {
    const form = new FormData()
    form.set('metadata', await readFile(join(examples, 'model/metadata.json'), 'utf8'))
    form.set('model', new Blob([await readFile(join(examples, 'model/concept-world.onnx'))]), 'model.onnx')
    const answer = await fetch(`${this.origin}/v1/models`, { method: 'POST', body: form })
    if (!answer.ok) throw new Error(await answer.text())
    const source = { directory: join(examples, 'dataset') }
    await this.call('/v1/datasets', 'POST', { name: 'pictures', source })
  }
}
