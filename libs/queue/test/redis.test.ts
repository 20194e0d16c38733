import { Redis } from 'ioredis'
import { afterAll, describe } from 'vitest'
import { type Infra, skipLoudly, startRedis } from '../../../test/support/infra.ts'
import { behaves } from './behaviour.ts'

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
