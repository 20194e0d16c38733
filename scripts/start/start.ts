import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '@crp-serve/config'
import { type Service, startService } from './child.ts'
import { demoModel, registerDemo } from './demo.ts'

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

/** Waits until a service answers; rejects when one of the services ends before. */
async function ready(origin: string, services: readonly Service[]): Promise<void> {
  const ended = services.map(async ({ name, ended }) => {
    throw new Error(`${name} ended with code ${await ended} before it was ready`)
  })
  const answering = async () => {
    const limit = Date.now() + startLimitMs
    while (!(await isReady(origin))) {
      if (Date.now() > limit) throw new Error(`${origin} is not ready after ${startLimitMs} ms`)
      await sleep(50)
    }
  }
  await Promise.race([answering(), ...ended])
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

function greet(origin: string, demo: boolean): void {
  say(`\n  crp-serve is ready: ${origin}`)
  say(`  API documentation   ${origin}/docs`)
  say(`  OpenAPI             ${origin}/openapi.json`)
  say(`  models              ${origin}/v1/models`)
  if (demo) say(`  demo model          ${origin}/v1/models/${demoModel}/layers`)
  say('')
}

/** Ends the gateway first, so that its requests in flight are still answered by the worker. */
async function stopAll(gateway: Service, worker: Service): Promise<void> {
  await gateway.stop()
  await worker.stop()
}

async function main(): Promise<void> {
  const config = readConfig()
  const port = config.port || (await freePort())
  const workerPort = config.attributionPort || (await freePort())
  await claim(config.host, port)
  const env = {
    PORT: String(port),
    ATTRIBUTION_HOST: '127.0.0.1',
    ATTRIBUTION_PORT: String(workerPort),
    ATTRIBUTION_URL: `http://127.0.0.1:${workerPort}`,
  }
  const worker = startService('attribution', env)
  const gateway = startService('gateway', env)
  let stopping = false
  const stop = async (code: number) => {
    if (stopping) return
    stopping = true
    await stopAll(gateway, worker)
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0))
  const origin = `http://${config.host}:${port}`
  try {
    await ready(env.ATTRIBUTION_URL, [worker, gateway])
    await ready(origin, [worker, gateway])
    if (config.demo) await registerDemo(origin)
    greet(origin, config.demo)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    await stop(1)
  }
  const ended = await Promise.race([worker.ended, gateway.ended])
  await stop(ended ?? 1)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}
