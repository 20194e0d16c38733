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

/**
 * Says what serves the queue of this machine: a redis-server where there is one, else PGlite. Its address is of this
 * machine only, and it takes only those who know its password.
 */
export function embeddedQueue(dataDir: string, port: number): EmbeddedQueue {
  const password = randomBytes(24).toString('hex')
  const env = {
    QUEUE_FOLDER: resolve(dataDir, 'queue'),
    QUEUE_PORT: String(port),
    QUEUE_PASSWORD: password,
  }
  if (onPath('redis-server')) {
    return {
      url: `redis://:${password}@127.0.0.1:${port}`,
      env: { ...env, QUEUE_KIND: 'redis' },
      what: 'redis-server',
    }
  }
  return {
    url: `pglite://:${password}@127.0.0.1:${port}`,
    env: { ...env, QUEUE_KIND: 'pglite' },
    what: 'PGlite',
  }
}
