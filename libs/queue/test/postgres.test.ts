import pg from 'pg'
import { afterAll, describe } from 'vitest'
import { type Infra, skipLoudly, startPostgres } from '../../../test/support/infra.ts'
import { behaves } from './behaviour.ts'

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
