import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CrpServeClient, createClient } from '@crp-serve/client'
import { freePort } from '../support/infra.ts'
import { type ServiceProcess, startProcess, startService, waitFor } from './service-process.ts'

/** Gateway and worker as two processes, with a folder of their own. */
export interface Stack {
  /** Address of the gateway. */
  readonly origin: string
  /** Address of the worker, which only the gateway uses. */
  readonly workerOrigin: string
  readonly dataDir: string
  readonly client: CrpServeClient
  readonly gateway: ServiceProcess
  readonly worker: ServiceProcess
  /** Process ids of the worker's children: those that run ONNX Runtime, or those that read models and images. */
  children(kind: 'engine' | 'tool'): number[]
  /** What both have written: nothing, as long as there is nothing to warn of. */
  output(): string
  /** Starts another worker in the place of one that has ended, and waits until it is ready. */
  restartWorker(): Promise<void>
  /**
   * Ends both with SIGTERM, the gateway first, and removes the folder if it was made here.
   * @throws Error where one does not end with code 0, or leaves processes behind
   */
  stop(): Promise<void>
}

export interface StackOptions {
  /** Variables for both services. */
  readonly env?: Readonly<Record<string, string>>
  /** A folder that stays; a new one that is removed in the end by default. */
  readonly dataDir?: string
}

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}

/** Waits until a service says that it can answer requests; kills the services where that does not happen. */
export const ready = (origin: string, services: readonly ServiceProcess[] = []): Promise<void> =>
  waitFor(`${origin}/readyz`, () => answers(`${origin}/readyz`), services).catch((error) => {
    for (const service of services) service.kill('SIGKILL')
    throw error
  })

/** The environment of both services. */
async function environment({ env = {} }: StackOptions, dataDir: string): Promise<Record<string, string>> {
  const [port, workerPort] = await Promise.all([freePort(), freePort()])
  return {
    LOG_LEVEL: 'warn',
    ...env,
    HOST: '127.0.0.1',
    PORT: String(port),
    ATTRIBUTION_HOST: '127.0.0.1',
    ATTRIBUTION_PORT: String(workerPort),
    ATTRIBUTION_URL: `http://127.0.0.1:${workerPort}`,
    DATA_DIR: dataDir,
  }
}

/** Starts gateway and worker, and waits until requests can be answered. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'crp-e2e-')))
  const env = await environment(options, dataDir)
  let worker = startService('attribution', env)
  const gateway = startService('gateway', env)
  const origin = `http://127.0.0.1:${env['PORT']}`
  const workerOrigin = `http://127.0.0.1:${env['ATTRIBUTION_PORT']}`
  // The worker first: a gateway that is asked before reports the worker as away.
  await ready(workerOrigin, [worker, gateway])
  await ready(origin, [worker, gateway])
  return {
    origin,
    workerOrigin,
    dataDir,
    client: createClient({ baseUrl: origin }),
    gateway,
    get worker() {
      return worker
    },
    children: (kind) =>
      worker.descendants().flatMap(({ pid, command }) => (command.includes(`${kind}-child`) ? [pid] : [])),
    output: () => gateway.output() + worker.output(),
    async restartWorker() {
      worker = startService('attribution', env)
      await ready(workerOrigin, [worker])
    },
    async stop() {
      await gateway.stop()
      await worker.stop()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** What `npm start` runs. */
export interface EmbeddedStack {
  /** The address that it prints. */
  readonly origin: string
  /** Milliseconds until it has printed that it is ready. */
  readonly readyMs: number
  readonly client: CrpServeClient
  readonly starter: ServiceProcess
}

/** Runs `npm start` on free ports and waits until it says that it is ready. */
export async function npmStart(env: Readonly<Record<string, string>>): Promise<EmbeddedStack> {
  const began = performance.now()
  const free = { PORT: '0', LOG_LEVEL: 'warn' }
  const starter = startProcess('npm start', 'npm', ['start', '--silent'], { ...free, ...env })
  const greeting = /crp-serve is ready: (\S+)\n/
  await waitFor('npm start', async () => greeting.test(starter.output()), [starter])
  const readyMs = performance.now() - began
  const origin = greeting.exec(starter.output())![1]!
  return { origin, readyMs, client: createClient({ baseUrl: origin }), starter }
}
