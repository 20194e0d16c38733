import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { PassThrough, type Readable } from 'node:stream'
import { ProblemError } from '@crp-serve/contracts'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gateway, multipart, told } from './app.ts'
import { startWorker, type TestWorker } from './worker.ts'

let worker: TestWorker
let app: ReturnType<typeof gateway>
let origin: string
/** What the worker saw. */
const seen: string[] = []
/** Resolves when the worker has got the first bytes of an upload. */
let firstBytes: () => void = () => undefined

const model = { name: 'm', sha256: '0'.repeat(64) }

async function digest(stream: Readable): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of stream) {
    firstBytes()
    hash.update(chunk as Buffer)
  }
  return hash.digest('hex')
}

function models(routes: FastifyInstance): void {
  routes.addHook('onRequest', async ({ method, url, headers }) => {
    if (url.startsWith('/v1')) seen.push(`${method} ${url} ${headers['content-length'] ?? '-'}`)
  })
  routes.get('/v1/models', async () => ({ models: [model] }))
  routes.get('/v1/models/:model', async (request) => {
    const { model: name } = request.params as { model: string }
    if (name !== 'm') throw new ProblemError('unknown-model', `There is no model "${name}".`)
    return model
  })
  routes.get('/v1/models/:model/layers', async () => ({ model: 'm', composite: 'x', layers: [] }))
  routes.get('/v1/models/:model/support', async () => ({ model: 'm', composite: 'x', nodes: [] }))
  routes.delete('/v1/models/:model', async (_request, reply) => reply.code(204).send())
  routes.post('/v1/models', async (request, reply) => {
    if (request.headers['x-request-id'] === 'too-large') {
      request.raw.resume()
      throw new ProblemError('model-too-large', 'too large')
    }
    const sha256 = await digest(request.body as Readable)
    return reply
      .code(201)
      .header('location', '/v1/models/m')
      .send({ ...model, sha256 })
  })
}

beforeAll(async () => {
  worker = await startWorker({ models })
  app = gateway(worker.url)
  origin = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await app.close()
  await worker.app.close()
})

describe('/v1/models', () => {
  it.each([
    ['GET', '/v1/models?limit=10&cursor=a', 'GET /v1/models?limit=10&cursor=a -', 200],
    ['GET', '/models/m', 'GET /v1/models/m -', 200],
    ['HEAD', '/v1/models/m', 'GET /v1/models/m -', 200],
    ['GET', '/v1/models/m/layers?composite=gradient', 'GET /v1/models/m/layers?composite=gradient -', 200],
    ['GET', '/models/m/support?composite=%7B%7D', 'GET /v1/models/m/support?composite=%7B%7D -', 200],
    ['DELETE', '/v1/models/m', 'DELETE /v1/models/m -', 204],
  ] as const)('%s %s reaches the worker', async (method, url, passed, status) => {
    const response = await app.inject({
      method,
      url,
      headers: method === 'DELETE' ? { 'content-type': 'application/json' } : {},
    })
    expect(seen.at(-1)).toBe(passed)
    expect(response.statusCode).toBe(status)
    if (method === 'GET') expect(response.headers['content-type']).toContain('application/json')
    else expect(response.body).toBe('')
  })

  it('hands the worker’s problems on under the path of the client', async () => {
    const response = await app.inject('/models/other')
    expect(told(response)).toBe('404 unknown-model')
    expect(response.json()).toMatchObject({ instance: '/models/other', detail: 'There is no model "other".' })
  })

  it('passes an upload on unchanged, with its length, over the body limit', async () => {
    const { payload, headers } = multipart([
      ['metadata', '{"name": "m"}'],
      ['model', Buffer.alloc(100_000, 7), 'm.onnx'],
    ])
    const response = await app.inject({ method: 'POST', url: '/v1/models', payload, headers })
    expect(response.statusCode).toBe(201)
    expect(response.headers.location).toBe('/v1/models/m')
    expect(response.json()).toMatchObject({ sha256: createHash('sha256').update(payload).digest('hex') })
    expect(seen.at(-1)).toBe(`POST /v1/models ${payload.length}`)
  })

  it('streams an upload: the worker gets the beginning before the client has sent the end', async () => {
    const arrived = new Promise<void>((resolve) => {
      firstBytes = resolve
    })
    const { upload, response } = open({ 'content-type': 'multipart/form-data; boundary=b' })
    upload.write('--b\r\n')
    await arrived
    upload.end('--b--\r\n')
    expect((await response).statusCode).toBe(201)
  })

  it('brings an early refusal to a client that is still sending, and reads the rest away', async () => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    // More than any buffer on the way holds.
    const blocks = 256
    const block = Buffer.alloc(1 << 16)
    const head = 'POST /v1/models HTTP/1.1\r\nhost: a\r\nx-request-id: too-large'
    const type = 'content-type: multipart/form-data; boundary=b'
    socket.write(`${head}\r\n${type}\r\ncontent-length: ${blocks * block.length}\r\n\r\n`)
    for (let i = 0; i < blocks; i++) if (!socket.write(block)) await once(socket, 'drain')
    socket.end()
    await once(socket, 'close')
    expect(answer).toContain('HTTP/1.1 413 ')
    expect(answer).toContain('"code":"model-too-large"')
  })

  it('takes multipart only', async () => {
    for (const type of ['application/json', 'application/octet-stream', 'multipart/form-data'])
      expect(
        told(
          await app.inject({
            method: 'POST',
            url: '/v1/models',
            payload: '{}',
            headers: { 'content-type': type },
          }),
        ),
      ).toBe('415 unsupported-media-type')
  })
})

/** An upload that the test writes piece by piece. */
function open(headers: Record<string, string>) {
  const upload = new PassThrough()
  const request = httpRequest(`${origin}/v1/models`, { method: 'POST', headers })
  const response = once(request, 'response').then(([message]) => (message as IncomingMessage).resume())
  upload.pipe(request)
  return { upload, response }
}
