import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { postModel, register } from './api.ts'
import { badModels, plainModel, strayWeights, unsupportedModel } from './bad-models.ts'
import { badBodies, badParts, badRequests, goodRequest, limits } from './bad-requests.ts'
import { conceptWorld } from './concept-world.ts'
import { expectProblem, type Refusal } from './problem.ts'
import { type Stack, startStack } from './stack.ts'

let stack: Stack
let children: readonly number[]
const running = () => [...stack.children('engine'), ...stack.children('tool')]

beforeAll(async () => {
  stack = await startStack({ env: limits })
  const { preprocessing: _, ...bare } = conceptWorld.metadata()
  await register(stack.origin, conceptWorld.model(), { ...conceptWorld.metadata(), name: 'demo' })
  await register(stack.origin, conceptWorld.model(), { ...bare, name: 'bare' })
  children = running()
})
afterAll(() => stack.stop())

const post = (body: RequestInit['body'] & {}, type?: string): Promise<Response> =>
  fetch(`${stack.origin}/v1/attributions`, {
    method: 'POST',
    body,
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
  })
const attribute = (change: object): Promise<Response> =>
  post(JSON.stringify({ ...goodRequest, ...change }), 'application/json')

// Whatever was refused: the next request is answered.
afterEach(async () => {
  const answer = await attribute({})
  expect(answer.status, await answer.text()).toBe(200)
})

describe('POST /v1/attributions', () => {
  describe.each(Object.entries(badRequests))('%s', (_subject, cases) => {
    it.each(cases)('%s', async (_what, change, refusal) => {
      await expectProblem(await attribute(change), refusal)
    })
  })

  describe('bodies', () => {
    it.each(badBodies)('%s', async (_what, body, type, refusal) => {
      await expectProblem(await post(body, type), refusal)
    })
  })

  describe('multipart', () => {
    it.each(badParts)('%s', async (_what, parts, refusal) => {
      const form = new FormData()
      for (const [name, value] of Object.entries(parts)) {
        form.set(name, typeof value === 'string' ? value : new Blob([Uint8Array.from(value)]))
      }
      await expectProblem(await post(form), refusal)
    })
  })

  it('names every place that is wrong at once', async () => {
    const answer = await attribute({ inputs: [], conditions: 7, pairing: 'both' })
    const problem = await expectProblem(answer, {
      status: 422,
      code: 'validation-failed',
      pointer: '/inputs',
    })
    expect(problem.errors!.map(({ pointer }) => pointer)).toEqual(['/inputs', '/conditions', '/pairing'])
  })
})

describe('POST /v1/models/{model}/predictions', () => {
  it.each([
    ['demo', { inputs: [] }, { status: 422, code: 'validation-failed', pointer: '/inputs' }],
    ['dmeo', { inputs: goodRequest.inputs }, { status: 404, code: 'unknown-model', pointer: '' }],
    [
      'demo',
      { inputs: badRequests['images']![0]![1] },
      { status: 422, code: 'validation-failed', pointer: '/inputs' },
    ],
  ] as const)('refuses for %s', async (model, body, refusal) => {
    const answer = await fetch(`${stack.origin}/v1/models/${model}/predictions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    await expectProblem(answer, refusal)
  })
})

describe('POST /v1/models', () => {
  describe.each(Object.entries(badModels))('%s', (_subject, cases) => {
    it.each(cases)('%s', async (_what, upload, refusal) => {
      await expectProblem(await postModel(stack.origin, upload), refusal)
      const name = await fetch(`${stack.origin}/v1/models/refused`)
      await expectProblem(name, { status: 404, code: 'unknown-model' })
    })
  })

  it.each(strayWeights)('weights %s', async (_what, model) => {
    const answer = await postModel(stack.origin, { model, metadata: { name: 'stray' } })
    await expectProblem(answer, { status: 422, code: 'model-invalid' })
  })

  it('lists all unsupported nodes, and takes the model for predictions where that is allowed', async () => {
    const model = unsupportedModel()
    const refused = await postModel(stack.origin, { model, metadata: { name: 'partly' } })
    const { details } = await expectProblem(refused, { status: 422, code: 'model-not-supported' })
    expect(details).toMatchObject({ nodes: [{ op: 'Mod' }, { op: 'Hardmax' }] })

    const metadata = { name: 'partly', allow_unsupported: true }
    const { unsupported } = await register(stack.origin, model, metadata)
    expect(unsupported.map(({ op }) => op)).toEqual(['Mod', 'Hardmax'])
    const inputs = [{ tensor: { shape: [1, 3, 8, 8], datatype: 'FP32', data: Array(192).fill(0.5) } }]
    const prediction = await fetch(`${stack.origin}/v1/models/partly/predictions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs }),
    })
    expect(prediction.status).toBe(200)
    await expectProblem(await attribute({ model: 'partly', inputs }), {
      status: 422,
      code: 'model-not-supported',
    })
  })

  it('takes the same model under the same name again', async () => {
    const upload = { model: plainModel(), metadata: { name: 'again' } }
    expect((await postModel(stack.origin, upload)).status).toBe(201)
    expect((await postModel(stack.origin, upload)).status).toBe(200)
  })

  it('refuses what is not multipart', async () => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${stack.origin}/v1/models`, { method: 'POST', headers, body: '{}' })
    await expectProblem(answer, { status: 415, code: 'unsupported-media-type' })
  })
})

describe('addresses', () => {
  it.each<[string, string, Refusal]>([
    ['GET', '/v1/nothing', { status: 404, code: 'not-found' }],
    ['GET', '/v1/attributions', { status: 405, code: 'method-not-allowed' }],
    ['GET', '/v1/models/nope', { status: 404, code: 'unknown-model' }],
    ['DELETE', '/v1/models/nope', { status: 404, code: 'unknown-model' }],
    ['GET', '/v1/models/nope/layers', { status: 404, code: 'unknown-model' }],
    ['GET', '/v1/models/%ff', { status: 400, code: 'malformed-request' }],
    ['GET', '/v1/models/%2e%2e%2f%2e%2e', { status: 404, code: 'unknown-model' }],
    ['GET', `/v1/models/${'a'.repeat(600)}`, { status: 404, code: 'not-found' }],
    [
      'GET',
      '/v1/models/demo/layers?composite=epsilon',
      { status: 422, code: 'validation-failed', pointer: '/composite' },
    ],
    ['GET', '/v1/models?limit=0', { status: 422, code: 'validation-failed', pointer: '/querystring/limit' }],
  ])('%s %s', async (method, path, refusal) => {
    await expectProblem(await fetch(`${stack.origin}${path}`, { method }), refusal)
  })
})

describe('after all that', () => {
  it('no process was lost and nothing was worth a warning', () => {
    expect(running()).toEqual(children)
    expect(stack.output()).toBe('')
  })
})
