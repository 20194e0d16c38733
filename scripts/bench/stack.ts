import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { nodeOptions } from '../start/child.ts'
import { childrenOf, residentSet } from './memory.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Gateway and worker as processes of their own, as in production. */
export interface BenchStack {
  readonly origin: string
  /** Where the worker itself answers. */
  readonly workerOrigin: string
  /** Resident memory of gateway, worker and the worker's children together, bytes. */
  memory(): Readonly<Record<'gateway' | 'worker' | 'children', number>>
  stop(): Promise<void>
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A program of this repository as a process that ends when this one is gone; `prefix` is a command that runs it. */
export function startProcess(
  file: string,
  env: Readonly<Record<string, string>>,
  prefix: readonly string[] = [],
): ChildProcess {
  const script = [...nodeOptions, '--import', 'tsx', '--conditions=crp-serve-source', file]
  const [command, ...args] = [...prefix, process.execPath, ...script] as [string, ...string[]]
  return spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

export const serviceFile = (name: string): string => `services/${name}/src/server.ts`

/** Waits until a service takes work. */
export async function ready(origin: string): Promise<void> {
  for (let i = 0; i < 1200; i++) {
    const answer = await fetch(`${origin}/readyz`).catch(() => null)
    if (answer?.ok) return
    await sleep(100)
  }
  throw new Error(`${origin} did not become ready`)
}

/** Asks a process to end, and waits for it. */
export async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** Starts the worker, and a gateway in front of it. */
export async function startBenchStack(
  dataDir: string,
  env: Readonly<Record<string, string>>,
): Promise<BenchStack> {
  const ports = { gateway: await freePort(), worker: await freePort() }
  const all = {
    LOG_LEVEL: 'warn',
    DATA_DIR: dataDir,
    PORT: String(ports.gateway),
    ATTRIBUTION_PORT: String(ports.worker),
    ATTRIBUTION_URL: `http://127.0.0.1:${ports.worker}`,
    ...env,
  }
  const worker = startProcess(serviceFile('attribution'), all)
  const gateway = startProcess(serviceFile('gateway'), all)
  await ready(`http://127.0.0.1:${ports.worker}`)
  await ready(`http://127.0.0.1:${ports.gateway}`)
  return {
    origin: `http://127.0.0.1:${ports.gateway}`,
    workerOrigin: all.ATTRIBUTION_URL,
    memory: () => ({
      gateway: residentSet(gateway.pid!),
      worker: residentSet(worker.pid!),
      children: childrenOf(worker.pid!).reduce((sum, pid) => sum + residentSet(pid), 0),
    }),
    async stop() {
      await end(gateway)
      await end(worker)
    },
  }
}

/** A gateway alone on one core, where the machine can pin it. */
export async function startLoneGateway(): Promise<{ readonly origin: string; stop(): Promise<void> }> {
  const port = await freePort()
  const env = { LOG_LEVEL: 'warn', PORT: String(port), ATTRIBUTION_URL: 'http://127.0.0.1:9' }
  const prefix = process.platform === 'linux' ? ['taskset', '-c', '0'] : []
  const gateway = startProcess(serviceFile('gateway'), env, prefix)
  const origin = `http://127.0.0.1:${port}`
  for (let i = 0; i < 1200; i++) {
    if ((await fetch(`${origin}/healthz`).catch(() => null))?.ok) break
    await sleep(100)
  }
  return { origin, stop: () => end(gateway) }
}
