import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import {
  attributionTask,
  type DecodedAttribution,
  decodeEnvelope,
  ENVELOPE_TYPE,
  type EngineAttributionResponse,
  type EnginePredictionResponse,
  encodeEnvelope,
  type PredictionTask,
} from '@crp-serve/contracts'
import { type Engine, startEngine } from '@crp-serve/engine'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../src/index.ts'

const examples = new URL('../../../examples/concept-world/', import.meta.url)
const example = (name: string) => readFile(fileURLToPath(new URL(name, examples)))

let dataDir: string
let engine: Engine
let app: FastifyInstance
let onnx: Buffer
let metadata: Record<string, unknown>

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'crp-worker-'))
  engine = await startEngine({
    dataDir,
    engineProcesses: 1,
    engineThreads: 1,
    engineMemoryBytes: 2 ** 30,
    engineRssLimit: 2 ** 32,
    executionProvider: 'cpu',
    maxModelBytes: 4 * 2 ** 20,
    maxImageBytes: 2 ** 20,
    maxImagePixels: 2 ** 20,
    maxRows: 16,
  })
  app = createApp({
    engine,
    maxBodyBytes: 2 ** 20,
    requestTimeoutMs: 60_000,
    queueLimit: 64,
    queueBytes: 2 ** 26,
  })
  onnx = await example('model/concept-world.onnx')
  metadata = JSON.parse((await example('model/metadata.json')).toString()) as Record<string, unknown>
  expect((await upload(form())).statusCode).toBe(201)
})
afterAll(async () => {
  await app.close()
  await engine.close()
  await rm(dataDir, { recursive: true, force: true })
})

function form(changes: Record<string, unknown> = {}, model: Uint8Array = onnx): FormData {
  const data = new FormData()
  data.set('metadata', JSON.stringify({ ...metadata, ...changes }))
  data.set('model', new Blob([new Uint8Array(model)]), 'model.onnx')
  return data
}

/** Sends a form as a browser does. */
async function upload(data: FormData) {
  const request = new Request('http://worker/v1/models', { method: 'POST', body: data })
  return app.inject({
    method: 'POST',
    url: '/v1/models',
    headers: { 'content-type': request.headers.get('content-type')! },
    payload: Buffer.from(await request.arrayBuffer()),
  })
}

const envelope = (message: unknown) => Buffer.concat(encodeEnvelope(message))

const post = (url: string, message: unknown, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': ENVELOPE_TYPE, ...headers },
    payload: envelope(message),
  })

async function task(changes: Record<string, unknown> = {}) {
  const image = await example('dataset/red-striped-disc/000.png')
  const request = {
    model: 'concept-world',
    inputs: [{ image }],
    conditions: [{ y: 'predicted' }],
    ...changes,
  }
  return attributionTask(request as unknown as DecodedAttribution)
}

describe('operations', () => {
  it('answers health and readiness, with the id of the request', async () => {
    const health = await app.inject({ url: '/healthz', headers: { 'x-request-id': 'abc-1' } })
    expect([health.statusCode, health.headers['x-request-id']]).toEqual([200, 'abc-1'])
    expect((await app.inject('/readyz')).statusCode).toBe(200)
  })

  it('answers unknown paths with a problem document', async () => {
    const answer = await app.inject('/nowhere')
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json()).toMatchObject({ code: 'not-found', instance: '/nowhere' })
  })
})

describe('models', () => {
  it('describes, lists and pages', async () => {
    const one = await app.inject('/v1/models/concept-world')
    expect(one.json()).toMatchObject({ name: 'concept-world', size: onnx.length, unsupported: [] })
    const list = await app.inject('/v1/models?limit=1')
    expect(list.json().models.map(({ name }: { name: string }) => name)).toEqual(['concept-world'])
    for (const query of ['limit=0', 'limit=ten', 'cursor=..', 'offset=3']) {
      const refused = await app.inject(`/v1/models?${query}`)
      expect([query, refused.statusCode, refused.json().code]).toEqual([query, 422, 'validation-failed'])
    }
  })

  it('is the same model the second time, and a conflict with other metadata', async () => {
    const again = await upload(form())
    expect([again.statusCode, again.headers['location']]).toEqual([200, '/v1/models/concept-world'])
    const other = await upload(form({ labels: ['a'] }))
    expect([other.statusCode, other.json().code]).toEqual([409, 'model-name-conflict'])
  })

  it('lists layers with the rule of a composite', async () => {
    const plain = (await app.inject('/v1/models/concept-world/layers')).json()
    expect(plain.composite).toBe('epsilon_plus_flat')
    const convolutions = plain.layers.filter(({ op }: { op: string }) => op === 'Conv')
    expect(convolutions[0].rule).toBe('flat')
    expect(convolutions.at(-1).rule).toBe('z_plus')
    const gradient = (await app.inject('/v1/models/concept-world/layers?composite=gradient')).json()
    expect(new Set(gradient.layers.map(({ rule }: { rule: string }) => rule))).toEqual(new Set(['gradient']))
    const composite = { layers: [{ match: { type: 'convolution' }, rule: { name: 'gamma' } }], base: null }
    const query = new URLSearchParams({ composite: JSON.stringify(composite) })
    const own = (await app.inject(`/v1/models/concept-world/layers?${query}`)).json()
    expect(own.composite).toEqual(composite)
    expect(own.layers.filter(({ op }: { op: string }) => op === 'Conv')[0]).toMatchObject({
      rule: 'gamma',
      because: 'layers: type convolution',
    })
    const report = (await app.inject(`/v1/models/concept-world/support?${query}`)).json()
    expect(report).toMatchObject({ model: 'concept-world', composite, explainable: true })
    expect(report.nodes.find(({ op }: { op: string }) => op === 'Conv').rule).toBe('gamma')
    const unknown = await app.inject('/v1/models/concept-world/layers?composite=epsilon_pls')
    expect([unknown.statusCode, unknown.json().errors[0].pointer]).toEqual([422, '/composite'])
  })

  it('deletes', async () => {
    expect((await upload(form({ name: 'short-lived' }))).statusCode).toBe(201)
    expect((await app.inject({ method: 'DELETE', url: '/v1/models/short-lived' })).statusCode).toBe(204)
    const gone = await app.inject({ method: 'DELETE', url: '/v1/models/short-lived' })
    expect([gone.statusCode, gone.json().code]).toEqual([404, 'unknown-model'])
  })
})

describe('bad uploads', () => {
  const without = (name: string) => {
    const data = form()
    data.delete(name)
    return data
  }
  const withMetadata = (text: string) => {
    const data = form()
    data.set('metadata', text)
    return data
  }

  it.each([
    ['no metadata', () => without('metadata'), 422, 'part-missing'],
    ['no model', () => without('model'), 422, 'part-missing'],
    ['metadata that are no JSON', () => withMetadata('{name:'), 400, 'malformed-json'],
    ['an unknown field', () => form({ lables: [] }), 422, 'validation-failed'],
    ['a name that leads elsewhere', () => form({ name: '../x' }), 422, 'validation-failed'],
    ['a file that is no model', () => form({ name: 'bad' }, Buffer.from('GIF89a')), 422, 'model-not-onnx'],
    ['a truncated model', () => form({ name: 'bad' }, onnx.subarray(0, 50_000)), 422, 'model-truncated'],
    ['too many bytes', () => form({ name: 'bad' }, Buffer.alloc(5 * 2 ** 20)), 413, 'model-too-large'],
  ])('refuses %s', async (_what, data, status, code) => {
    const answer = await upload(data())
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(await readdir(join(dataDir, 'uploads'))).toEqual([])
  })

  it('takes and refuses metadata in a part of type JSON without a file name, as other clients send it', async () => {
    const parts = (text: string) =>
      `--x\r\ncontent-disposition: form-data; name="metadata"\r\ncontent-type: application/json\r\n\r\n${text}\r\n--x--\r\n`
    const send = (text: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/models',
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
        payload: parts(text),
      })
    // The metadata are read: what is missing is the model.
    expect((await send('{"name": "m"}')).json()).toMatchObject({ code: 'part-missing' })
    expect((await send('{"name": ')).json()).toMatchObject({ status: 400, code: 'malformed-json' })
  })

  it('refuses a body that ends early or is no multipart', async () => {
    const type = 'multipart/form-data; boundary=x'
    const cut = Buffer.from('--x\r\ncontent-disposition: form-data; name="model"; filename="m"\r\n\r\nabc')
    const early = await app.inject({
      method: 'POST',
      url: '/v1/models',
      headers: { 'content-type': type },
      payload: cut,
    })
    expect([early.statusCode, early.json().code]).toEqual([400, 'malformed-multipart'])
    const json = await app.inject({ method: 'POST', url: '/v1/models', payload: { name: 'x' } })
    expect([json.statusCode, json.json().code]).toEqual([415, 'unsupported-media-type'])
  })
})

describe('work', () => {
  it('explains an image', async () => {
    const answer = await post('/internal/attributions', await task())
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, ENVELOPE_TYPE])
    const { results, model_sha256 } = decodeEnvelope<EngineAttributionResponse>(answer.rawPayload)
    expect(model_sha256).toMatch(/^[0-9a-f]{64}$/)
    const [{ prediction, heatmap, trust }] = results as [EngineAttributionResponse['results'][number]]
    expect(prediction.top[0]!.label).toBe('red-striped-disc')
    expect(Buffer.from(heatmap!.png!).subarray(1, 4).toString()).toBe('PNG')
    expect(trust).toMatchObject({ finite: true, warnings: [] })
  })

  it('predicts', async () => {
    const image = await example('dataset/red-striped-disc/001.png')
    const message: PredictionTask = { inputs: [{ image }], prediction: { top: 8, tensor: false } }
    const answer = await post('/internal/predictions/concept-world', message)
    const { results } = decodeEnvelope<EnginePredictionResponse>(answer.rawPayload)
    const { top } = results[0]!.prediction
    expect(top[0]!.label).toBe('red-striped-disc')
    expect(top.reduce((sum, { probability }) => sum + probability!, 0)).toBeCloseTo(1, 5)
  })

  it('answers errors of the engine with their status and pointers', async () => {
    const answer = await post('/internal/attributions', await task({ conditions: [{ y: [99] }] }))
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({
      code: 'class-out-of-range',
      errors: [{ pointer: '/conditions/0/y/0' }],
    })
  })

  it('keeps to the deadline of the caller', async () => {
    const answer = await post('/internal/attributions', await task(), { 'x-deadline-ms': '1' })
    expect([answer.statusCode, answer.json().code]).toEqual([504, 'deadline-exceeded'])
  })

  it('stops when the caller goes away, and serves the next', async () => {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const origin = app.listeningOrigin
    const message = envelope(await task({ conditions: Array.from({ length: 16 }, () => ({ y: [1] })) }))
    const init = { method: 'POST', headers: { 'content-type': ENVELOPE_TYPE }, body: new Uint8Array(message) }
    const gone = fetch(`${origin}/internal/attributions`, { ...init, signal: AbortSignal.timeout(30) })
    await expect(gone).rejects.toThrow()
    const next = await fetch(`${origin}/internal/attributions`, init)
    expect(next.status).toBe(200)
    await next.arrayBuffer()
  })

  it('takes the body of an upload as a stream', async () => {
    const chunks = new Response(form({ name: 'streamed' }))
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/models',
      headers: { 'content-type': chunks.headers.get('content-type')! },
      payload: Readable.fromWeb(chunks.body as never),
    })
    expect(answer.statusCode).toBe(201)
  })
})
