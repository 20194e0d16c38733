import {
  AttributionResponse,
  type AttributionTask,
  PredictionResponse,
  type PredictionTask,
  validate,
} from '@crp-serve/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gateway, minimal, multipart, tensor, told } from './app.ts'
import { attributionAnswer, floats, png, predictionAnswer, startWorker, type TestWorker } from './worker.ts'

let worker: TestWorker
let app: ReturnType<typeof gateway>
const tasks: AttributionTask[] = []
const headers: Record<string, unknown>[] = []

beforeAll(async () => {
  worker = await startWorker({
    attribute: async (task, request) => {
      tasks.push(task)
      headers.push(request.headers)
      return attributionAnswer(task)
    },
  })
  app = gateway(worker.url)
})
afterAll(async () => {
  await app.close()
  await worker.app.close()
})

const attribute = (payload: object, extra: object = {}) =>
  app.inject({ method: 'POST', url: '/v1/attributions', payload, ...extra })

describe('POST /v1/attributions', () => {
  it('sends the worker a task with bytes and defaults', async () => {
    const image = Buffer.from('an image').toString('base64')
    await attribute({ ...minimal, inputs: [{ tensor }, { image: { base64: image } }] })
    expect(tasks.at(-1)).toMatchObject({
      model: 'm',
      inputs: [{ tensor: { shape: [1, 2], datatype: 'FP32' } }, {}],
      conditions: [{ y: [1], layers: [] }],
      composite: { name: 'epsilon_plus_flat' },
      exclude_parallel: true,
    })
    const [first, second] = tasks.at(-1)!.inputs
    expect([...(first as { tensor: { data: Uint8Array } }).tensor.data]).toEqual([...floats(1, 2).data])
    expect(Buffer.from((second as { image: Uint8Array }).image).toString()).toBe('an image')
  })

  it('answers as the schema says, tensors as base64 or as numbers', async () => {
    const base64 = validate(AttributionResponse, (await attribute(minimal)).json())
    expect(base64.results[0]!.heatmap).toEqual({
      png: Buffer.from(png).toString('base64'),
      tensor: {
        shape: [2],
        datatype: 'FP32',
        base64: Buffer.from(floats(0.5, Number.NaN).data).toString('base64'),
      },
    })
    const numbers = validate(
      AttributionResponse,
      (await attribute({ ...minimal, output: { encoding: 'json' } })).json(),
    )
    expect(numbers.results[0]!.heatmap?.tensor).toEqual({ shape: [2], datatype: 'FP32', data: [0.5, null] })
    expect(numbers.results[0]!.layers?.['features.0']?.relevance).toEqual({
      shape: [1],
      datatype: 'FP32',
      data: [3],
    })
  })

  it('answers without the prefix as well', async () => {
    const response = await app.inject({ method: 'POST', url: '/attributions', payload: minimal })
    expect(response.json()).toEqual((await attribute(minimal)).json())
  })

  it('tells the worker the request id and the time that is left', async () => {
    const response = await attribute(minimal, { headers: { 'x-request-id': 'mine-1' } })
    expect(response.headers['x-request-id']).toBe('mine-1')
    expect(headers.at(-1)).toMatchObject({ 'x-request-id': 'mine-1' })
    const left = Number(headers.at(-1)!['x-deadline-ms'])
    expect(left).toBeGreaterThan(4000)
    expect(left).toBeLessThanOrEqual(5000)
  })

  it('makes an id of its own where the given one is not fit for a log', async () => {
    const response = await attribute(minimal, { headers: { 'x-request-id': 'a b' } })
    expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('multipart', () => {
  const send = (parts: Parameters<typeof multipart>[0]) =>
    app.inject({ method: 'POST', url: '/v1/attributions', ...multipart(parts) })
  const request = (...names: string[]) =>
    JSON.stringify({ ...minimal, inputs: names.map((part) => ({ image: { part } })) })
  const images = () =>
    tasks
      .at(-1)!
      .inputs.map((input) => Buffer.from((input as { image: Uint8Array }).image).toString('latin1'))
  const binary = Buffer.from([0, 255, 13, 10, 45, 45, 128])

  it('takes parts by name, byte for byte', async () => {
    expect(
      (
        await send([
          ['file1', 'B', 'b.png'],
          ['request', request('file0', 'file1')],
          ['file0', binary, 'a.png'],
        ])
      ).statusCode,
    ).toBe(200)
    expect(images()).toEqual([binary.toString('latin1'), 'B'])
  })

  it('takes parts named `image` in order, whatever the inputs call them', async () => {
    await send([
      ['request', request('file0', 'file1')],
      ['image', 'A', 'x'],
      ['image', 'B', 'y'],
    ])
    expect(images()).toEqual(['A', 'B'])
  })

  it('takes parts by file name', async () => {
    await send([
      ['request', request('b.png', 'a.png')],
      ['image', 'A', 'a.png'],
      ['image', 'B', 'b.png'],
    ])
    expect(images()).toEqual(['B', 'A'])
  })

  it('takes a part that came without a file name', async () => {
    await send([
      ['request', request('file0')],
      ['file0', binary],
    ])
    expect(images()).toEqual([binary.toString('latin1')])
  })

  it('misses parts that were not sent and minds those that nobody asked for', async () => {
    expect(told(await send([['request', request('file0')]]))).toBe('422 part-missing /inputs/0/image/part')
    expect(
      told(
        await send([
          ['request', request('a', 'a')],
          ['a', 'A', 'a'],
        ]),
      ),
    ).toBe('422 part-missing /inputs/1/image/part')
    expect(
      told(
        await send([
          ['request', request('a')],
          ['a', 'A', 'a'],
          ['b', 'B', 'b'],
        ]),
      ),
    ).toBe('422 part-missing /inputs')
    expect(told(await send([['file0', 'A', 'a']]))).toBe('422 part-missing')
  })
})

describe('POST /v1/models/{model}/predictions', () => {
  it('asks the worker and answers as the schema says', async () => {
    const asked: PredictionTask[] = []
    worker.behaviour.predict = async (task) => {
      asked.push(task)
      return predictionAnswer('m.1')
    }
    const response = await app.inject({
      method: 'POST',
      url: '/v1/models/m.1/predictions',
      payload: { inputs: [{ tensor }], output: { prediction: { top: 3 }, encoding: 'json' } },
    })
    expect(asked[0]).toMatchObject({ prediction: { top: 3, tensor: false } })
    const { results } = validate(PredictionResponse, response.json())
    expect(results[0]!.prediction.tensor).toEqual({ shape: [2], datatype: 'FP32', data: [1, 2] })
  })
})
