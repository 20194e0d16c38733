/**
 * The process that serves the embedded queue. It ends when it is told to, and when the process that started it is gone;
 * redis-server alone would stay behind.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { servePglite } from '@crp-serve/queue/pglite'

interface Place {
  readonly folder: string
  readonly port: number
  readonly password: string
}

/** Every change is in the append-only file within a second, and nothing is dropped for want of memory. */
const redisConfig = ({ folder, port, password }: Place): string =>
  [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder)}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    'loglevel warning',
    'daemonize no',
  ].join('\n')

/** Runs redis-server until `stop` is called. The password goes where no process list shows it. */
async function serveRedis(place: Place): Promise<() => Promise<void>> {
  await mkdir(place.folder, { recursive: true, mode: 0o700 })
  const child = spawn('redis-server', ['-'], { stdio: ['pipe', 'ignore', 'inherit'], detached: true })
  child.stdin.end(redisConfig(place))
  const ended = once(child, 'exit')
  let stopping = false
  void ended.then(([code]) => {
    if (!stopping) process.exit((code as number | null) ?? 1)
  })
  return async () => {
    stopping = true
    child.kill('SIGTERM')
    await ended
  }
}

function variable(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

const place = {
  folder: join(variable('QUEUE_FOLDER'), variable('QUEUE_KIND')),
  port: Number(variable('QUEUE_PORT')),
  password: variable('QUEUE_PASSWORD'),
}
const serve = variable('QUEUE_KIND') === 'redis' ? serveRedis : servePglite
const stop = serve(place)
let ending = false
const end = async () => {
  if (ending) return
  ending = true
  await (await stop)()
  process.exit(0)
}
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, () => void end())
