import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, type Infra, skipLoudly, startPostgres, startRedis } from '../../../test/support/infra.ts'
import { type Pglite, startPglite } from '../../../test/support/pglite.ts'
import { openJobQueue, startJobWorker } from '../src/index.ts'
import { behaves } from './behaviour.ts'
import { handlersWith } from './handlers.ts'

/** Kills the connections of everybody else. */
async function cutRedis({ url, restart }: Infra): Promise<void> {
  if (restart !== undefined) return await restart()
  const client = new Redis(url)
  await client.call('CLIENT', 'KILL', 'TYPE', 'normal')
  await client.quit()
}

const redis = await startRedis()
if ('missing' in redis) skipLoudly('the queue on Redis', redis)
describe.skipIf('missing' in redis)('Redis', () => {
  const server = redis as Infra
  afterAll(() => server.stop())
  behaves(() => ({ url: server.url, disturb: () => cutRedis(server) }))
})

/** Ends the connections of everybody else to a database. */
async function cutPostgres({ url }: Infra): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const others = 'datname = current_database() and pid <> pg_backend_pid()'
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${others}`)
  await client.end()
}

const postgres = await startPostgres()
// PGlite is the same back end of BullMQ, and always there.
if ('missing' in postgres) skipLoudly('the queue on PostgreSQL', postgres, true)
describe.skipIf('missing' in postgres)('PostgreSQL', () => {
  const server = postgres as Infra
  afterAll(() => server.stop())
  behaves(() => ({ url: server.url, disturb: () => cutPostgres(server) }))
})

describe('PGlite', () => {
  let server: Pglite
  beforeAll(async () => {
    server = await startPglite()
  })
  afterAll(() => server.stop())
  behaves(() => ({ url: server.url, disturb: server.restart }))
})

describe('without a queue', () => {
  it('every call says so in time', async () => {
    const queue = openJobQueue({ url: `redis://127.0.0.1:${await freePort()}`, timeoutMs: 200 })
    await expect(queue.get('a')).rejects.toMatchObject({ code: 'jobs-unavailable' })
    await expect(queue.list(1)).rejects.toMatchObject({ code: 'jobs-unavailable' })
    expect(await queue.ready()).toBe(false)
    await queue.close()
  })

  it('refuses schemes and handlers that it does not know', () => {
    expect(() => openJobQueue({ url: 'http://queue' })).toThrow('redis://')
    const handlers = handlersWith()
    const { attribution: _, ...jobs } = handlers.jobs
    const missing = { ...handlers, jobs: jobs as typeof handlers.jobs }
    expect(() => startJobWorker({ url: 'redis://127.0.0.1:1', handlers: missing })).toThrow('attribution')
  })
})
