import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'

/** The embedded queue: what serves it, and where. */
export interface EmbeddedQueue {
  readonly url: string
  /** Variables of the process that serves it. */
  readonly env: Readonly<Record<string, string>>
  readonly what: 'redis-server' | 'PGlite'
}

const onPath = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

/** What serves the queue where nothing else is said: a redis-server where there is one, else PGlite. */
const available = (): EmbeddedQueue['what'] => (onPath('redis-server') ? 'redis-server' : 'PGlite')

/** The queue of this machine. Its address is of this machine only, and it takes only those who know its password. */
export function embeddedQueue(dataDir: string, port: number, what = available()): EmbeddedQueue {
  const password = randomBytes(24).toString('hex')
  const kind = what === 'redis-server' ? 'redis' : 'pglite'
  return {
    url: `${kind}://:${password}@127.0.0.1:${port}`,
    env: {
      QUEUE_KIND: kind,
      QUEUE_FOLDER: resolve(dataDir, 'queue'),
      QUEUE_PORT: String(port),
      QUEUE_PASSWORD: password,
    },
    what,
  }
}
