import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { createLogger } from '@crp-serve/telemetry'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey, parseKeys, type Scope } from '../src/access/keys.ts'
import { gateway, minimal, multipart, told } from './app.ts'
import { attributionAnswer, startWorker, type TestWorker } from './worker.ts'

let worker: TestWorker
let folder: string
let file: string
let app: FastifyInstance
let log = ''
const keys = {} as Record<Scope, string>

beforeAll(async () => {
  worker = await startWorker({
    models: (routes) => {
      routes.get('/v1/models', async () => ({ models: [] }))
      routes.get('/v1/datasets/:dataset/items/:index', async (_request, reply) =>
        reply.header('cache-control', 'public, max-age=9, immutable').type('image/png').send('a picture'),
      )
      routes.delete('/v1/models/:model', async (_request, reply) => reply.code(204).send())
    },
  })
  folder = await mkdtemp(join(tmpdir(), 'crp-keys-'))
  file = join(folder, 'keys')
  const lines = (['read', 'explain', 'admin'] as const).map((scope) => {
    const { key, line } = newKey(`a-${scope}`, scope)
    keys[scope] = key
    return line
  })
  await writeFile(file, `# keys\n\n${lines.join('\n')}\n`)
  const destination = new PassThrough()
  destination.on('data', (chunk) => {
    log += chunk
  })
  const logger = createLogger({ service: 'gateway', level: 'trace', destination })
  app = gateway(worker.url, { apiKeysFile: file, logger })
})
afterAll(async () => {
  await app.close()
  await worker.app.close()
  await rm(folder, { recursive: true })
})

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const list = (headers: Record<string, string> = {}) => app.inject({ url: '/v1/models', headers })
const explain = (headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/v1/attributions', payload: minimal, headers })
const remove = (headers: Record<string, string> = {}) =>
  app.inject({ method: 'DELETE', url: '/v1/models/m', headers })
const statuses = async (key: string) =>
  Promise.all([list, explain, remove].map(async (ask) => (await ask(bearer(key))).statusCode))

describe('API keys', () => {
  it('give what their scope holds', async () => {
    expect(await statuses(keys.read)).toEqual([200, 403, 403])
    expect(await statuses(keys.explain)).toEqual([200, 200, 403])
    expect(await statuses(keys.admin)).toEqual([200, 200, 204])
  })

  it('are the tenants among whom turns are fair', async () => {
    const tenants: unknown[] = []
    worker.behaviour.attribute = async (task, request) => {
      tenants.push(request.headers['x-tenant'])
      return attributionAnswer(task)
    }
    await explain(bearer(keys.explain))
    delete worker.behaviour.attribute
    expect(tenants).toEqual(['key a-explain'])
  })

  it('name the scope that is missing', async () => {
    const response = await explain(bearer(keys.read))
    expect(told(response)).toBe('403 forbidden')
    expect(response.headers['www-authenticate']).toBe(
      'Bearer realm="crp-serve", error="insufficient_scope", scope="explain"',
    )
    for (const url of ['/v1/models', '/models']) {
      const { payload, headers } = multipart([['model', 'x']])
      const upload = await app.inject({
        method: 'POST',
        url,
        payload,
        headers: { ...headers, ...bearer(keys.explain) },
      })
      expect(told(upload)).toBe('403 forbidden')
    }
  })

  it.each<[string, Record<string, string>, string]>([
    ['none', {}, 'Bearer realm="crp-serve"'],
    ['one that is not known', bearer('crp_wrong'), 'Bearer realm="crp-serve", error="invalid_token"'],
    ['another scheme', { authorization: 'Basic YTpi' }, 'Bearer realm="crp-serve", error="invalid_token"'],
    ['an empty one', { authorization: 'Bearer ' }, 'Bearer realm="crp-serve", error="invalid_token"'],
  ])('are asked for where there is %s', async (_what, headers, challenge) => {
    for (const ask of [list, explain, remove]) {
      const response = await ask(headers)
      expect(told(response)).toBe('401 unauthenticated')
      expect(response.headers['www-authenticate']).toBe(challenge)
    }
    const inference = await app.inject({ method: 'POST', url: '/v2/models/m/explain', headers })
    expect(told(inference)).toBe('401 unauthenticated')
  })

  it('are not asked for by probes and documents', async () => {
    for (const url of [
      '/',
      '/healthz',
      '/readyz',
      '/v2',
      '/v2/health/ready',
      '/openapi.json',
      '/problems',
      '/docs/',
    ])
      expect((await app.inject(url)).statusCode, url).toBe(200)
    expect(told(await app.inject('/nothing'))).toBe('404 not-found')
    expect(told(await app.inject('/metrics'))).toBe('401 unauthenticated')
  })

  it('keep answers out of shared caches', async () => {
    const image = { url: '/v1/datasets/d/items/0', headers: bearer(keys.read) }
    expect((await app.inject(image)).headers['cache-control']).toBe('private, max-age=9, immutable')
    const open = gateway(worker.url)
    expect((await open.inject(image)).headers['cache-control']).toBe('public, max-age=9, immutable')
    await open.close()
  })

  it('stay out of the logs, as do their hashes', async () => {
    await list(bearer(keys.admin))
    await list({ 'x-api-key': keys.admin, cookie: keys.admin })
    expect(log).toContain('/v1/models')
    for (const key of Object.values(keys)) expect(log).not.toContain(key.slice(4))
  })

  it('can be taken back while the service runs', async () => {
    const { key, line } = newKey('late', 'read')
    const other = gateway(worker.url, { apiKeysFile: file })
    await other.ready()
    const ask = () => other.inject({ url: '/v1/models', headers: bearer(key) })
    expect((await ask()).statusCode).toBe(401)
    await writeFile(file, `${line}\n`)
    await utimes(file, new Date(), new Date(Date.now() + 5000))
    await expect.poll(async () => (await ask()).statusCode, { timeout: 15_000 }).toBe(200)
    expect((await other.inject({ url: '/v1/models', headers: bearer(keys.admin) })).statusCode).toBe(401)
    await other.close()
  })
})

describe('a file of keys', () => {
  const { line } = newKey('a', 'read')
  it.each([
    ['a line that is none', 'a secret read', 'line 1'],
    ['an unknown scope', line.replace('read', 'write'), 'line 1'],
    ['an id that stands there twice', `${line}\n${newKey('a', 'admin').line}`, 'line 2'],
  ])('is refused with %s', (_what, text, message) => {
    expect(() => parseKeys(text)).toThrow(message)
  })

  it('that is not there keeps the gateway from starting', async () => {
    const broken = gateway(worker.url, { apiKeysFile: join(folder, 'none') })
    await expect(broken.ready()).rejects.toThrow('ENOENT')
    await broken.close()
  })
})

describe('rate limits', () => {
  const codes = async (asks: (() => Promise<LightMyRequestResponse>)[]) => {
    const found: number[] = []
    for (const ask of asks) found.push((await ask()).statusCode)
    return found
  }

  it('count for each key, and leave probes alone', async () => {
    const { key: one, line } = newKey('one', 'read')
    const { key: two, line: second } = newKey('two', 'read')
    const path = join(folder, 'limited')
    await writeFile(path, `${line}\n${second}`)
    const limited = gateway(worker.url, { apiKeysFile: path, rateLimitPerMinute: 2 })
    const ask = (key: string) => () => limited.inject({ url: '/v1/models', headers: bearer(key) })
    expect(await codes([ask(one), ask(one), ask(one), ask(two)])).toEqual([200, 200, 429, 200])
    const refused = await ask(one)()
    expect(told(refused)).toBe('429 rate-limited')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(await codes(Array(5).fill(() => limited.inject('/healthz')))).toEqual(Array(5).fill(200))
    await limited.close()
  })

  it('count for each address where there are no keys', async () => {
    const limited = gateway(worker.url, { rateLimitPerMinute: 1 })
    const from = (remoteAddress: string) => () => limited.inject({ url: '/v1/models', remoteAddress })
    expect(await codes([from('10.0.0.1'), from('10.0.0.1'), from('10.0.0.2')])).toEqual([200, 429, 200])
    await limited.close()
  })
})

describe('CORS', () => {
  const origin = 'https://app.example.org'
  const preflight = { origin, 'access-control-request-method': 'POST' }
  const options = (asked: FastifyInstance) =>
    asked.inject({ method: 'OPTIONS', url: '/v1/attributions', headers: preflight })

  it('is off by default', async () => {
    const closed = gateway(worker.url)
    expect(told(await options(closed))).toBe('405 method-not-allowed')
    const answer = await closed.inject({ url: '/v1/models', headers: { origin } })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    await closed.close()
  })

  it('lets the pages of allowed origins in, and asks no key of a preflight', async () => {
    const open = gateway(worker.url, { corsOrigins: [origin], apiKeysFile: file })
    const answer = await options(open)
    expect(answer.statusCode).toBe(204)
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': origin })
    const refused = await open.inject({ url: '/v1/models', headers: { origin } })
    expect(told(refused)).toBe('401 unauthenticated')
    expect(refused.headers['access-control-allow-origin']).toBe(origin)
    const other = await open.inject({ url: '/healthz', headers: { origin: 'https://else.example.org' } })
    expect(other.headers['access-control-allow-origin']).not.toBe('https://else.example.org')
    await open.close()
  })
})
