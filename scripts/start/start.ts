import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Config, readConfig } from '@crp-serve/config'
import { type Service, startService } from './child.ts'
import { demoModel, registerDemo, submitDemoRun } from './demo.ts'
import { isListening } from './listening.ts'
import { embeddedQueue } from './queue.ts'

/** How long the services may take until they answer. */
const startLimitMs = 60_000

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('the operating system gave no port')
  return address.port
}

/** Throws where something else listens on the address already. */
async function claim(host: string, port: number): Promise<void> {
  const server = createServer().listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(
      `cannot listen on ${host}:${port} (${(error as { code?: string }).code}); set PORT to a free port`,
    )
  }
  server.close()
  await once(server, 'close')
}

async function isReady(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/readyz`)).ok
  } catch {
    return false
  }
}

/** Waits until something is up; rejects when one of the services ends before. */
async function up(what: string, isUp: () => Promise<boolean>, services: readonly Service[]): Promise<void> {
  const ended = services.map(async ({ name, ended }) => {
    throw new Error(`${name} ended with code ${await ended} before it was ready`)
  })
  const answering = async () => {
    const limit = Date.now() + startLimitMs
    while (!(await isUp())) {
      if (Date.now() > limit) throw new Error(`${what} is not ready after ${startLimitMs} ms`)
      await sleep(50)
    }
  }
  await Promise.race([answering(), ...ended])
}

const ready = (origin: string, services: readonly Service[]): Promise<void> =>
  up(origin, () => isReady(origin), services)

const say = (text: string): void => void process.stdout.write(`${text}\n`)

function greet(origin: string, demo: boolean): void {
  const lines = [
    `\n  crp-serve is ready: ${origin}`,
    `  API documentation   ${origin}/docs`,
    `  OpenAPI             ${origin}/openapi.json`,
    `  models              ${origin}/v1/models`,
    `  jobs                ${origin}/v1/jobs`,
    ...(demo ? [`  demo model          ${origin}/v1/models/${demoModel}/layers`] : []),
  ]
  // In one piece: who waits for the first line finds the others.
  say(`${lines.join('\n')}\n`)
}

/** Every process that was started, in the order in which they end: nobody is left without what it still needs. */
class Processes {
  readonly #groups: Service[][] = []

  /** Services that are started now end together, before all that were started earlier. */
  add(...services: Service[]): void {
    this.#groups.unshift(services)
  }

  async stop(): Promise<void> {
    for (const group of this.#groups) await Promise.all(group.map((service) => service.stop()))
  }
}

const server = (name: string): string => `services/${name}/src/server.ts`

/** Ports and addresses of all services. */
async function environment(config: Config, port: number) {
  const [workerPort, jobPort] = [
    config.attributionPort || (await freePort()),
    config.jobWorkerPort || (await freePort()),
  ]
  return {
    PORT: String(port),
    ATTRIBUTION_HOST: '127.0.0.1',
    ATTRIBUTION_PORT: String(workerPort),
    ATTRIBUTION_URL: `http://127.0.0.1:${workerPort}`,
    JOB_WORKER_HOST: '127.0.0.1',
    JOB_WORKER_PORT: String(jobPort),
  }
}

interface StartedQueue {
  readonly url: string
  /** Waits until it can be connected to; a gateway that is started before complains. */
  readonly reached: () => Promise<void>
}

/** The configured queue, or one of its own. */
async function startQueue(config: Config, processes: Processes): Promise<StartedQueue> {
  if (config.queueUrl !== null) return { url: config.queueUrl, reached: async () => undefined }
  const port = await freePort()
  const { url, env, what } = embeddedQueue(config.dataDir, port)
  const name = `the queue (${what})`
  const service = startService(name, 'scripts/start/queue-server.ts', env)
  processes.add(service)
  return { url, reached: () => up(name, () => isListening(port), [service]) }
}

/** Starts everything but the job worker, which begins when requests can be answered: it has time. */
async function startAll(config: Config, processes: Processes): Promise<void> {
  const port = config.port || (await freePort())
  await claim(config.host, port)
  const env = await environment(config, port)
  const queue = await startQueue(config, processes)
  const queued = { ...env, QUEUE_URL: queue.url }
  const worker = startService('attribution', server('attribution'), env)
  processes.add(worker)
  await queue.reached()
  const gateway = startService('gateway', server('gateway'), queued)
  processes.add(gateway)
  const origin = `http://${config.host}:${port}`
  await ready(env.ATTRIBUTION_URL, [worker, gateway])
  await ready(origin, [worker, gateway])
  if (config.demo) {
    await registerDemo(origin)
    await submitDemoRun(origin)
  }
  greet(origin, config.demo)
  processes.add(startService('feature-visualization', server('feature-visualization'), queued))
}

async function main(): Promise<void> {
  const processes = new Processes()
  let stopping = false
  const stop = async (code: number) => {
    if (stopping) return
    stopping = true
    await processes.stop()
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0))
  try {
    // Only the gateway's address is for others; what stands behind it takes ports that are free.
    await startAll(readConfig({ ATTRIBUTION_PORT: '0', JOB_WORKER_PORT: '0', ...process.env }), processes)
  } catch (error) {
    if (stopping) return
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    await stop(1)
  }
}

await main()
