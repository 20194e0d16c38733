import {
  type AttributionGraphResponse,
  AttributionGraphResponse as AttributionGraphSchema,
  type AttributionGraphTask,
  validate,
} from '@crp-serve/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gateway, multipart, tensor, told } from './app.ts'
import { startWorker, type TestWorker } from './worker.ts'

const answer: AttributionGraphResponse = {
  model: 'm',
  model_sha256: '0'.repeat(64),
  nodes: [
    { layer: 'b', concept: 1 },
    { layer: 'a', concept: 2 },
  ],
  edges: [{ source: { layer: 'b', concept: 1 }, target: { layer: 'a', concept: 2 }, relevance: null }],
  timings: { queue_ms: 0, batch: 1, compute_ms: 1, plan: { executions: 1, forward_equivalents: 3 } },
}
const minimal = { model: 'm', input: { tensor }, layer: 'b', concept: 1 }

let worker: TestWorker
let app: ReturnType<typeof gateway>
const tasks: AttributionGraphTask[] = []

beforeAll(async () => {
  worker = await startWorker({
    attributionGraph: async (task) => {
      tasks.push(task)
      return answer
    },
  })
  app = gateway(worker.url)
})
afterAll(async () => {
  await app.close()
  await worker.app.close()
})

const post = (payload: object, extra: object = {}) =>
  app.inject({ method: 'POST', url: '/v1/attribution-graphs', payload, ...extra })

describe('POST /v1/attribution-graphs', () => {
  it('sends the worker a task with defaults and answers as the schema says', async () => {
    const response = await post({ ...minimal, parent: null, target: 3 })
    expect(validate(AttributionGraphSchema, response.json())).toEqual(answer)
    expect(tasks.at(-1)).toMatchObject({
      composite: { name: 'epsilon_plus_flat' },
      width: [4, 2],
      abs_norm: true,
      mode: 'peer',
      target: 3,
    })
    expect(tasks.at(-1)).not.toHaveProperty('parent')
  })

  it('takes the image as a part', async () => {
    const request = JSON.stringify({ ...minimal, input: { image: { part: 'file0' } } })
    const response = await post(
      {},
      multipart([
        ['request', request],
        ['file0', 'an image', 'cat.jpg'],
      ]),
    )
    expect(response.statusCode).toBe(200)
    const { input } = tasks.at(-1)!
    expect(Buffer.from((input as { image: Uint8Array }).image).toString()).toBe('an image')
  })

  it.each([
    ['a missing layer', { layer: undefined }, '422 validation-failed /layer'],
    ['an unknown mode', { mode: 'best' }, '422 validation-failed /mode'],
    ['no level', { width: [] }, '422 validation-failed /width'],
    ['a width of none', { width: [4, 0] }, '422 validation-failed /width/1'],
    ['half a parent', { parent: { layer: 'c' } }, '422 validation-failed /parent/concept'],
    [
      'a sample before the first',
      { input: { dataset: 'd', index: -1 } },
      '422 validation-failed /input/index',
    ],
    [
      'two samples',
      { input: { tensor: { shape: [2, 1], datatype: 'FP32', data: [1, 2] } } },
      '422 tensor-shape-mismatch /input/tensor/shape',
    ],
    [
      'an image over the limit',
      { input: { image: { base64: Buffer.alloc(65).toString('base64') } } },
      '413 image-too-large /input/image',
    ],
  ])('refuses %s', async (_what, change, expected) => {
    expect(told(await post({ ...minimal, ...change }))).toBe(expected)
  })
})
