import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib'
import type { AttributionResponse } from '@crp-serve/contracts'
import { decompress } from 'fzstd'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compressZstd } from '../src/coding/zstd.ts'
import { gateway, minimal, multipart, told } from './app.ts'
import { attributionAnswer, floats, startWorker, type TestWorker } from './worker.ts'

let worker: TestWorker
let app: ReturnType<typeof gateway>
const limit = 1 << 16

beforeAll(async () => {
  worker = await startWorker({
    attribute: async (task) => {
      const answer = attributionAnswer(task)
      const [row] = answer.results
      return { ...answer, results: Array.from({ length: 20 }, (_, sample) => ({ ...row!, sample })) }
    },
    models: (routes) => {
      routes.get('/v1/models', async () => ({ models: Array(100).fill({ name: 'm' }) }))
      routes.post('/v1/models', async (request) => {
        const hash = createHash('sha256')
        for await (const chunk of request.body as Readable) hash.update(chunk as Buffer)
        return { sha256: hash.digest('hex') }
      })
    },
  })
  app = gateway(worker.url, { maxBodyBytes: limit })
})
afterAll(async () => {
  await app.close()
  await worker.app.close()
})

const encoders: Record<string, (bytes: Buffer) => Buffer | Promise<Buffer>> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: compressZstd,
}
const json = { 'content-type': 'application/json' }
const post = (payload: Buffer, headers: Record<string, string>, url = '/v1/attributions') =>
  app.inject({ method: 'POST', url, payload, headers: { ...json, ...headers } })
const request = Buffer.from(JSON.stringify(minimal))

describe.each(Object.entries(encoders))('a body in %s', (coding, encode) => {
  it('is read, as JSON, multipart and with tensors behind it', async () => {
    const headers = { 'content-encoding': coding }
    expect((await post(await encode(request), headers)).statusCode).toBe(200)
    const parts = multipart([['request', request]])
    const form = await post(await encode(parts.payload), { ...headers, ...parts.headers })
    expect(form.statusCode, form.body).toBe(200)
  })

  it('is measured by what comes out of it', async () => {
    const bomb = await encode(Buffer.alloc(20 * limit, 32))
    expect(bomb.length).toBeLessThan(limit)
    expect(told(await post(bomb, { 'content-encoding': coding }))).toBe('413 body-too-large')
    const form = await encode(multipart([['request', Buffer.alloc(20 * limit, 32)]]).payload)
    const headers = { ...multipart([]).headers, 'content-encoding': coding }
    expect(told(await post(form, headers))).toBe('413 body-too-large')
  })

  it('is refused where it is damaged or cut off', async () => {
    const whole = await encode(request)
    for (const bytes of [whole.subarray(0, -8), Buffer.from('no such thing as this'), Buffer.alloc(0)])
      expect(told(await post(bytes, { 'content-encoding': coding }))).toMatch(
        bytes.length === 0 ? /^400/ : /^400 malformed-content-encoding$/,
      )
  })

  it('is an upload that reaches the worker as it was', async () => {
    const { payload, headers } = multipart([['model', Buffer.alloc(4 * limit, 7), 'm.onnx']])
    const sent = { ...headers, 'content-encoding': coding }
    const answer = await post(await encode(payload), sent, '/v1/models')
    expect(answer.json()).toEqual({ sha256: createHash('sha256').update(payload).digest('hex') })
    const cut = (await encode(payload)).subarray(0, -8)
    expect(told(await post(cut, sent, '/v1/models'))).toBe('400 malformed-content-encoding')
  })
})

it('refuses other codings and says which go', async () => {
  for (const coding of ['compress', 'gzip, br', 'constructor']) {
    const response = await post(request, { 'content-encoding': coding })
    expect(told(response)).toBe('415 unsupported-content-encoding')
    expect(response.headers['accept-encoding']).toBe('gzip, deflate, br, zstd')
  }
  expect((await post(request, { 'content-encoding': 'identity' })).statusCode).toBe(200)
})

it('answers a bomb while the client is still sending', async () => {
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const bomb = gzipSync(Buffer.alloc(1 << 28))
  const headers = { ...json, 'content-encoding': 'gzip' }
  const before = process.memoryUsage().rss
  const answer = await fetch(`${origin}/v1/attributions`, {
    method: 'POST',
    headers,
    body: Readable.toWeb(
      Readable.from([bomb.subarray(0, 1 << 17), bomb.subarray(1 << 17)]),
    ) as ReadableStream,
    duplex: 'half',
  })
  expect(answer.status).toBe(413)
  expect(process.memoryUsage().rss - before).toBeLessThan(1 << 27)
})

describe('answers', () => {
  const decoders: Record<string, (bytes: Buffer) => Uint8Array> = {
    gzip: gunzipSync,
    br: brotliDecompressSync,
    zstd: decompress,
  }
  const ask = (accept: string, headers: Record<string, string> = {}) =>
    post(request, { 'accept-encoding': accept, ...headers })

  it.each([
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['zstd', 'zstd'],
    ['gzip;q=0.5, zstd', 'zstd'],
    ['gzip, deflate, br, zstd', 'br'],
    ['GZIP', 'gzip'],
  ])('for `accept-encoding: %s` are in %s', async (accept, coding) => {
    const response = await ask(accept)
    expect(response.headers).toMatchObject({ 'content-encoding': coding, vary: 'accept-encoding' })
    expect(Number(response.headers['content-length'])).toBe(response.rawPayload.length)
    const answer: AttributionResponse = JSON.parse(
      Buffer.from(decoders[coding]!(response.rawPayload)).toString(),
    )
    expect(answer.results).toHaveLength(20)
  })

  it.each(['identity', 'compress', 'gzip;q=0'])(
    'for `accept-encoding: %s` are as they are',
    async (accept) => {
      const response = await ask(accept)
      expect(response.headers['content-encoding']).toBeUndefined()
      expect(response.json().results).toHaveLength(20)
    },
  )

  it('that hardly get shorter are left alone: dense numbers as base64, not sparse ones, unless the client refuses that', async () => {
    const values = Array.from({ length: 1 << 16 }, (_, i) => Math.sin(i * i))
    const answerWith = async (relevance: number[], accept = 'gzip, br, zstd') => {
      worker.behaviour.attribute = async (task) => {
        const answer = attributionAnswer(task)
        const layers = { conv: { relevance: floats(...relevance) } }
        return { ...answer, results: [{ ...answer.results[0]!, layers }] }
      }
      return ask(accept)
    }
    const before = worker.behaviour.attribute
    const dense = await answerWith(values)
    expect(dense.headers).toMatchObject({ vary: 'accept-encoding' })
    expect(dense.headers['content-encoding']).toBeUndefined()
    expect(dense.json().results[0].layers.conv.relevance.shape).toEqual([values.length])
    for (const none of ['identity;q=0', '*;q=0.0']) {
      const refused = await answerWith(values, `gzip, ${none}`)
      expect(refused.headers['content-encoding']).toBe('gzip')
      expect(gunzipSync(refused.rawPayload).equals(dense.rawPayload)).toBe(true)
    }
    const sparse = await answerWith(values.map((value) => (value > 0.9 ? value : 0)))
    expect(sparse.headers['content-encoding']).toBe('br')
    expect(sparse.rawPayload.length).toBeLessThan(dense.rawPayload.length / 2)
    worker.behaviour.attribute = before!
  })

  it('that are short, or archives, are left alone', async () => {
    const short = await app.inject({ url: '/healthz', headers: { 'accept-encoding': 'gzip' } })
    expect(short.headers['content-encoding']).toBeUndefined()
    const archive = await ask('gzip', { accept: 'application/x-npz' })
    expect(archive.headers['content-type']).toBe('application/x-npz')
    expect(archive.headers['content-encoding']).toBeUndefined()
  })

  it('that come from the worker as streams are compressed as streams', async () => {
    const response = await app.inject({ url: '/v1/models', headers: { 'accept-encoding': 'zstd, gzip' } })
    expect(response.headers['content-encoding']).toBe('gzip')
    expect(JSON.parse(gunzipSync(response.rawPayload).toString()).models).toHaveLength(100)
    const plain = await app.inject('/v1/models')
    expect(plain.json().models).toHaveLength(100)
  })

  it('in zstd may have several frames', async () => {
    const bytes = Buffer.alloc((1 << 20) + 5, 'abc')
    expect(Buffer.from(decompress(await compressZstd(bytes))).equals(bytes)).toBe(true)
  })
})
