import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/** A service that tests use: where it is, and what ends it. */
export interface Infra {
  readonly url: string
  readonly how: 'environment' | 'container' | 'program'
  /** Restarts it with what it has on disk; only where the tests have started it as a program. */
  readonly restart?: () => Promise<void>
  /** Kills it; what comes back starts it again. Only where the tests have started it as a program. */
  readonly outage?: () => Promise<() => Promise<void>>
  readonly stop: () => Promise<void>
}

/** Why a service cannot be used here. */
export interface Missing {
  readonly missing: string
}

/**
 * A port that nothing listens on. It lies below those that the system gives to outgoing connections: one of them could
 * take it before a service does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000)
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch {
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}

const onPath = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

/** Says loudly that tests are skipped; under CI it is an error, unless `optional` says that others stand in for them. */
export function skipLoudly(what: string, { missing }: Missing, optional = false): void {
  if (process.env['CI'] && !optional) throw new Error(`the tests of ${what} cannot run: ${missing}`)
  process.stderr.write(`\n*** SKIPPED: the tests of ${what}: ${missing} ***\n`)
}

const redisArguments = (port: number, folder: string): string[] => [
  ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
  ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--maxmemory-policy', 'noeviction'],
]

async function runRedis(program: string): Promise<Infra> {
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'crp-redis-'))]
  const start = async () => {
    const child: ChildProcess = spawn(program, redisArguments(port, folder), {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${program} ended with code ${code}`)))
      child.stdout!.on('data', (text) => /Ready to accept/.test(String(text)) && resolve())
    })
    return child
  }
  let child = await start()
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  const outage = async () => {
    await end('SIGKILL')
    return async () => {
      child = await start()
    }
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    how: 'program',
    restart: async () => (await outage())(),
    outage,
    async stop() {
      await end('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Runs an image where there is a container runtime. */
async function runContainer(image: string, port: number, command: string[], env: Record<string, string>) {
  const containers = await import('testcontainers')
  const runtime = await containers.getContainerRuntimeClient().then(
    () => true,
    () => false,
  )
  if (!runtime) return undefined
  const container = await new containers.GenericContainer(image)
    .withCommand(command)
    .withEnvironment(env)
    .withExposedPorts(port)
    .start()
  return { host: `${container.getHost()}:${container.getMappedPort(port)}`, container }
}

/** A Redis: that of `TEST_REDIS_URL`, else a redis-server of this machine, else a container. */
export async function startRedis(): Promise<Infra | Missing> {
  const given = process.env['TEST_REDIS_URL']
  if (given) return { url: given, how: 'environment', stop: async () => {} }
  for (const program of ['redis-server', 'valkey-server']) if (onPath(program)) return await runRedis(program)
  const run = await runContainer(
    'redis:7.4-alpine',
    6379,
    ['redis-server', '--maxmemory-policy', 'noeviction'],
    {},
  )
  if (run === undefined)
    return { missing: 'set TEST_REDIS_URL, install redis-server, or start a container runtime' }
  return { url: `redis://${run.host}`, how: 'container', stop: async () => void (await run.container.stop()) }
}

/** Where a PostgreSQL often is. */
const usualPostgres = 'postgres://postgres@127.0.0.1:5432/postgres'

/** A database of its own on a server; undefined where the server does not let us make one. */
async function newDatabase(server: string): Promise<Infra | undefined> {
  const name = `crp_test_${process.pid}_${Date.now()}`
  const admin = new pg.Client({ connectionString: server, connectionTimeoutMillis: 2000 })
  admin.on('error', () => undefined)
  const made = await admin.connect().then(
    () => admin.query(`create database ${name}`).then(() => true),
    () => false,
  )
  if (!made) return undefined
  const url = new URL(server)
  url.pathname = `/${name}`
  const stop = async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  }
  return { url: url.href, how: 'environment', stop }
}

/** A database on the PostgreSQL of `TEST_POSTGRES_URL`, else on one of this machine, else in a container. */
export async function startPostgres(): Promise<Infra | Missing> {
  const given = process.env['TEST_POSTGRES_URL']
  const database = await newDatabase(given ?? usualPostgres)
  if (database !== undefined) return database
  if (given) throw new Error('no database can be made at TEST_POSTGRES_URL')
  const password = 'test'
  const run = await runContainer('postgres:17-alpine', 5432, ['postgres'], { POSTGRES_PASSWORD: password })
  if (run === undefined) return { missing: 'set TEST_POSTGRES_URL, or start a container runtime' }
  const url = `postgres://postgres:${password}@${run.host}/postgres`
  return { url, how: 'container', stop: async () => void (await run.container.stop()) }
}
