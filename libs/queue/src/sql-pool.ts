import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { DEFAULT_SCHEMA, type PgPool, type PgPoolClient, type PgQueryResult, runMigrations } from 'bullmq'
import pg from 'pg'
import { PglitePool } from './pglite/pool.ts'

/** Connections of one process: one for each worker that waits for work, some for everything else. */
const CONNECTIONS = 12

/** Pause between two attempts to reach the database for the first time, milliseconds. */
const PAUSE_MS = 500

/**
 * A pool on a database that may come later and has no schema yet: the first use of it waits until it is reached, and
 * makes BullMQ's schema. BullMQ itself gives a database up that it does not reach at once.
 */
export class PatientPool extends EventEmitter implements PgPool {
  readonly options = { keepAlive: true }
  readonly #pool: PgPool
  readonly #prepare: (client: PgPoolClient) => Promise<unknown>
  #ready: Promise<void> | undefined
  #ending: Promise<void> | undefined

  constructor(pool: PgPool, prepare: (client: PgPoolClient) => Promise<unknown>) {
    super()
    this.#pool = pool
    this.#prepare = prepare
    this.setMaxListeners(0)
    pool.on('error', (error) => this.emit('error', error))
    this.on('error', () => undefined)
  }

  async connect(): Promise<PgPoolClient> {
    await this.#reached()
    return await this.#pool.connect()
  }

  async query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    await this.#reached()
    return await this.#pool.query<R>(text, params)
  }

  /** Calling it again changes nothing. */
  end(): Promise<void> {
    this.#ending ??= this.#pool.end()
    return this.#ending
  }

  #reached(): Promise<void> {
    this.#ready ??= this.#reach()
    return this.#ready
  }

  async #reach(): Promise<void> {
    for (;;) {
      try {
        const client = await this.#pool.connect()
        return void (await this.#prepare(client).finally(() => client.release()))
      } catch (error) {
        if (this.#ending !== undefined) throw error
        this.emit('error', error)
        await sleep(PAUSE_MS, undefined, { ref: false })
      }
    }
  }
}

/** The pool of a URL: `postgres://…`, or `pglite://…` as pglite/serve.ts serves it. */
export function openPool(url: string): PgPool {
  if (url.startsWith('pglite:')) return new PatientPool(new PglitePool(url), async () => undefined)
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    keepAlive: true,
    options: `-c search_path=${DEFAULT_SCHEMA},public`,
  })
  return new PatientPool(pool as unknown as PgPool, (client) => runMigrations(client))
}
