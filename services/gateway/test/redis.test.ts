import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Problem, Readiness } from '@crp-serve/contracts'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Infra, skipLoudly, startRedis } from '../../../test/support/infra.ts'
import { newKey } from '../src/access/keys.ts'
import { gateway, told } from './app.ts'
import { startWorker, type TestWorker } from './worker.ts'

const redis = await startRedis()
if ('missing' in redis) skipLoudly('the gateway with Redis', redis)

describe.skipIf('missing' in redis)('with a real Redis', () => {
  const server = redis as Infra
  let folder: string
  let worker: TestWorker
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crp-gateway-'))
    worker = await startWorker({
      models: (app) => {
        app.get('/v1/models', async () => ({ models: [] }))
      },
    })
  })
  afterAll(async () => {
    await worker.app.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  describe('readiness', () => {
    let app: FastifyInstance
    let dataDir: string
    beforeAll(() => {
      dataDir = join(folder, 'data')
      const local = { storeUrl: null, s3Endpoint: null, s3PublicEndpoint: null, s3Region: 'us-east-1' }
      const store = { dataDir, ...local }
      app = gateway(worker.url, { jobs: { queueUrl: server.url, maxRows: 16, store } })
    })
    afterAll(() => app.close())

    const isReady = async () => {
      const answer = await app.inject('/readyz')
      expect(answer.json<Readiness>()).toMatchObject({
        status: 'ready',
        checks: { engine: { status: 'ok' }, queue: { status: 'ok' }, store: { status: 'ok' } },
      })
    }
    const failing = async () => {
      const answer = await app.inject('/readyz')
      expect(told(answer)).toBe('503 not-ready')
      const { checks } = answer.json<Problem>().details as Pick<Readiness, 'checks'>
      return Object.entries(checks).flatMap(([name, { status, reason }]) =>
        status === 'failed' ? [`${name}: ${reason}`] : [],
      )
    }

    it.skipIf(server.outage === undefined)('goes with Redis and comes back with it', async () => {
      await isReady()
      const restore = await server.outage!()
      try {
        const [reason, ...others] = await failing()
        expect(reason).toMatch(/^queue: the queue of jobs does not answer/)
        expect(others).toEqual([])
      } finally {
        await restore()
      }
      await expect.poll(async () => (await app.inject('/readyz')).statusCode, { timeout: 30_000 }).toBe(200)
      await isReady()
    })

    it('goes with the store and comes back with it, and tells no path', async () => {
      await isReady()
      await rename(dataDir, `${dataDir}-away`)
      await writeFile(dataDir, '')
      expect(await failing()).toEqual(['store: the object store cannot be used'])
      await rm(dataDir)
      await rename(`${dataDir}-away`, dataDir)
      await isReady()
    })
  })

  describe('rate limits', () => {
    const { key, line } = newKey('one', 'read')
    const other = newKey('two', 'read')
    let apiKeysFile: string
    beforeAll(async () => {
      apiKeysFile = join(folder, 'keys')
      await writeFile(apiKeysFile, `${line}\n${other.line}\n`)
    })

    async function both<T>(work: (apps: readonly [FastifyInstance, FastifyInstance]) => Promise<T>) {
      const start = () =>
        gateway(worker.url, { apiKeysFile, rateLimitPerMinute: 3, rateLimitRedisUrl: server.url })
      const apps = [start(), start()] as const
      try {
        await Promise.all(apps.map((app) => app.ready()))
        return await work(apps)
      } finally {
        await Promise.all(apps.map((app) => app.close()))
      }
    }
    const ask = async (app: FastifyInstance, token: string) =>
      (await app.inject({ url: '/v1/models', headers: { authorization: `Bearer ${token}` } })).statusCode

    it('count the requests of a key at all gateways together', async () => {
      await both(async ([first, second]) => {
        const seen = [await ask(first, key), await ask(second, key), await ask(first, key)]
        expect(seen).toEqual([200, 200, 200])
        expect([await ask(first, key), await ask(second, key)]).toEqual([429, 429])
        expect(await ask(second, other.key)).toBe(200)
      })
    })

    it.skipIf(server.outage === undefined)('limit nothing while Redis is away', async () => {
      await both(async ([first, second]) => {
        const restore = await server.outage!()
        try {
          for (let i = 0; i < 10; i++) expect(await ask(i % 2 ? first : second, other.key)).toBe(200)
        } finally {
          await restore()
        }
      })
    })
  })
})

describe('a Redis that takes connections and says nothing', () => {
  it('keeps no gateway from starting', { timeout: 20_000 }, async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const worker = await startWorker({
      models: (app) => {
        app.get('/v1/models', async () => ({ models: [] }))
      },
    })
    const app = gateway(worker.url, {
      rateLimitPerMinute: 1,
      rateLimitRedisUrl: `redis://127.0.0.1:${port}`,
    })
    try {
      await app.ready()
      for (let i = 0; i < 3; i++) expect((await app.inject('/v1/models')).statusCode).toBe(200)
    } finally {
      await app.close()
      await worker.app.close()
      silent.close()
    }
  })
})
