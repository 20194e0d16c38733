import {
  type AttributionTask,
  INFERENCE_HEADER_LENGTH,
  InferenceModel,
  InferenceResponse,
  KServeExplanations,
  type PredictionTask,
  Problem,
  ProblemError,
  validate,
} from '@crp-serve/contracts'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gateway, told } from './app.ts'
import { attributionAnswer, floats, png, predictionAnswer, startWorker, type TestWorker } from './worker.ts'

const sha256 = '0'.repeat(64)
const model = {
  name: 'm',
  sha256,
  size: 1,
  created_at: '2026-01-01T00:00:00Z',
  ready: true,
  inputs: [{ name: 'x', shape: ['batch', 2], datatype: 'FP32' }],
  outputs: [
    { name: 'other', shape: [1], datatype: 'FP32' },
    { name: 'y', shape: ['batch', 2], datatype: 'FP32' },
  ],
  output: { tensor: 'y', start: 'logits' },
  unsupported: [],
}

let worker: TestWorker
let app: ReturnType<typeof gateway>
const predictions: PredictionTask[] = []
const attributions: AttributionTask[] = []

beforeAll(async () => {
  worker = await startWorker({
    predict: async (task) => {
      predictions.push(task)
      return predictionAnswer('m')
    },
    attribute: async (task) => {
      attributions.push(task)
      return attributionAnswer(task)
    },
    models: (routes) =>
      routes.get('/v1/models/:model', async ({ params }) => {
        if ((params as { model: string }).model === 'm') return model
        throw new ProblemError('unknown-model', 'There is no such model.')
      }),
  })
  app = gateway(worker.url)
})
afterAll(async () => {
  await app.close()
  await worker.app.close()
})

const input = { name: 'x', shape: [1, 2], datatype: 'FP32', data: [1, 2] }
const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
const infer = (change: object = {}, more: object = {}) =>
  post('/v2/models/m/infer', { inputs: [{ ...input, ...change }], ...more })

/** A body with bytes behind its JSON. */
function binary(url: string, json: object, bytes: Uint8Array, headers: Record<string, string> = {}) {
  const head = Buffer.from(JSON.stringify(json))
  const length = { [INFERENCE_HEADER_LENGTH]: String(head.length) }
  return app.inject({
    method: 'POST',
    url,
    payload: Buffer.concat([head, bytes]),
    headers: { ...length, ...headers },
  })
}

/** The tensor that the worker got last, as numbers. */
function sent(): number[] {
  const [first] = predictions.at(-1)!.inputs
  return [...new Float32Array(new Uint8Array((first as { tensor: { data: Uint8Array } }).tensor.data).buffer)]
}

/** JSON and bytes of an answer with the extension. */
function split(response: LightMyRequestResponse): [InferenceResponse, Buffer] {
  const length = Number(response.headers[INFERENCE_HEADER_LENGTH])
  const json: unknown = JSON.parse(response.rawPayload.subarray(0, length).toString())
  return [validate(InferenceResponse, json), response.rawPayload.subarray(length)]
}

const bytesOf = (values: ArrayLike<number>) => new Uint8Array(Float32Array.from(values).buffer)

describe('GET /v2', () => {
  it.each([
    ['/v2', { name: 'crp-serve', version: '0.1.0', extensions: ['binary_tensor_data', 'explain'] }],
    ['/v2/health/live', { live: true }],
    ['/v2/health/ready', { ready: true }],
    ['/v2/models/m/ready', { name: 'm', ready: true }],
    [`/v2/models/m/versions/${sha256}/ready`, { name: 'm', ready: true }],
  ])('%s', async (url, expected) => {
    expect((await app.inject(url)).json()).toEqual(expected)
  })

  it('describes a model with the output that is served', async () => {
    for (const url of ['/v2/models/m', `/v2/models/m/versions/${sha256}`])
      expect(validate(InferenceModel, (await app.inject(url)).json())).toEqual({
        name: 'm',
        versions: [sha256],
        platform: 'onnx_onnxv1',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
      })
  })

  it.each([
    ['/v2/models/n', '404 unknown-model'],
    ['/v2/models/m/versions/1', '404 unknown-model-version'],
    ['/v2/nothing', '404 not-found'],
  ])('%s is %s, and says so under `error` too', async (url, expected) => {
    const response = await app.inject(url)
    expect(told(response)).toBe(expected)
    const problem = validate(Problem, response.json())
    expect(problem.error).toBe(problem.detail)
  })
})

describe('POST /v2/models/{model}/infer', () => {
  it('answers numbers with numbers', async () => {
    const response = await infer({}, { id: 'mine' })
    expect(validate(InferenceResponse, response.json())).toEqual({
      model_name: 'm',
      model_version: sha256,
      id: 'mine',
      outputs: [{ name: 'y', shape: [1, 2], datatype: 'FP32', data: [1, 2] }],
    })
    expect(predictions.at(-1)).toMatchObject({ prediction: { top: 0, tensor: true } })
    expect(sent()).toEqual([1, 2])
  })

  it.each([
    ['nested', [[3, 4]], 'FP32'],
    ['FP16', [3, 4], 'FP16'],
    ['FP64', [3, 4], 'FP64'],
    ['UINT8', [3, 4], 'UINT8'],
    ['INT64', [3, 4], 'INT64'],
  ])('takes %s values', async (_what, data, datatype) => {
    expect((await infer({ data, datatype })).statusCode).toBe(200)
    expect(sent()).toEqual([3, 4])
  })

  it('takes and answers bytes, whatever the content type says', async () => {
    for (const type of ['application/octet-stream', 'application/json', undefined]) {
      const { data: _data, ...rest } = input
      const json = {
        inputs: [{ ...rest, parameters: { binary_data_size: 8 } }],
        parameters: { binary_data_output: true },
      }
      const headers = type === undefined ? {} : { 'content-type': type }
      const response = await binary('/v2/models/m/infer', json, bytesOf([5, 0.25]), headers)
      expect(response.statusCode, response.body).toBe(200)
      expect(response.headers['content-type']).toBe('application/octet-stream')
      const [answer, bytes] = split(response)
      expect(answer.outputs).toEqual([
        { name: 'y', shape: [1, 2], datatype: 'FP32', parameters: { binary_data_size: 8 } },
      ])
      expect(bytes).toEqual(Buffer.from(bytesOf([1, 2])))
      expect(sent()).toEqual([5, 0.25])
    }
  })

  it('takes images as BYTES, in JSON and behind it', async () => {
    const images = [Buffer.from('one'), Buffer.from('')]
    const json = await infer({ datatype: 'BYTES', shape: [1], data: [images[0]!.toString('base64')] })
    expect(json.statusCode).toBe(200)
    expect(predictions.at(-1)!.inputs).toEqual([{ image: images[0] }])
    const elements = Buffer.from([3, 0, 0, 0, ...images[0]!, 0, 0, 0, 0])
    const { data: _data, ...rest } = input
    const described = {
      ...rest,
      datatype: 'BYTES',
      shape: [2, 1],
      parameters: { binary_data_size: elements.length },
    }
    await binary('/v2/models/m/infer', { inputs: [described] }, elements)
    expect(
      predictions.at(-1)!.inputs.map((one) => Buffer.from((one as { image: Uint8Array }).image)),
    ).toEqual(images)
  })

  it.each<[string, object, string]>([
    ['another name', { name: 'y' }, '422 validation-failed /inputs/0/name'],
    ['no values', { data: undefined }, '422 validation-failed /inputs/0/data'],
    ['too few values', { data: [1] }, '422 tensor-malformed /inputs/0/data'],
    ['lists of unequal length', { data: [[1], [2]] }, '422 tensor-malformed /inputs/0/data'],
    ['a text among numbers', { data: [1, '2'] }, '422 tensor-malformed /inputs/0/data/1'],
    [
      'a number that FP32 does not hold',
      { datatype: 'FP64', data: [1, 0.1] },
      '422 tensor-type-mismatch /inputs/0/data',
    ],
    [
      'an integer that FP32 does not hold',
      { datatype: 'INT64', data: [1, 16_777_217] },
      '422 tensor-type-mismatch /inputs/0/data',
    ],
    ['a number too large', { data: [1, 1e300] }, '422 tensor-not-finite /inputs/0/data/1'],
    [
      'shared memory',
      { parameters: { shared_memory_region: 'r' } },
      '422 validation-failed /inputs/0/parameters/shared_memory_region',
    ],
    [
      'base64 that is none',
      { datatype: 'BYTES', shape: [1], data: ['*'] },
      '422 image-not-supported /inputs/0/data/0',
    ],
    [
      'fewer images than the shape says',
      { datatype: 'BYTES', shape: [2], data: [''] },
      '422 tensor-malformed /inputs/0',
    ],
    ['too many samples', { shape: [5, 1], data: [1, 2, 3, 4, 5] }, '422 too-many-rows /inputs/0'],
  ])('refuses %s', async (_what, change, expected) => {
    expect(told(await infer(change))).toBe(expected)
  })

  it('takes the name of the model once more, but no other', async () => {
    expect((await infer({}, { model_name: 'm' })).statusCode).toBe(200)
    expect(told(await infer({}, { model_name: 'n' }))).toBe('422 validation-failed /model_name')
  })

  it('refuses unknown outputs before it computes', async () => {
    const before = predictions.length
    expect(told(await infer({}, { outputs: [{ name: 'z' }] }))).toBe('422 validation-failed /outputs/0/name')
    expect(predictions.length).toBe(before)
  })

  it('refuses bytes that do not fit', async () => {
    const { data: _data, ...rest } = input
    const sized = (binary_data_size: number) => ({ inputs: [{ ...rest, parameters: { binary_data_size } }] })
    const url = '/v2/models/m/infer'
    const cases: [object, Uint8Array, Record<string, string>, string][] = [
      [sized(8), bytesOf([1]), {}, '422 tensor-malformed /inputs/0/parameters/binary_data_size'],
      [sized(4), bytesOf([1]), {}, '422 tensor-malformed /inputs/0'],
      [sized(8), bytesOf([1, Number.NaN]), {}, '422 tensor-not-finite /inputs/0'],
      [{ inputs: [input] }, bytesOf([1]), {}, '422 tensor-malformed /inputs/0'],
      [sized(8), bytesOf([1, 2]), { [INFERENCE_HEADER_LENGTH]: '100000' }, '400 malformed-request'],
      [sized(8), bytesOf([1, 2]), { [INFERENCE_HEADER_LENGTH]: '3' }, '400 malformed-json'],
      [sized(8), bytesOf([1, 2]), { 'content-type': 'text/plain' }, '415 unsupported-media-type'],
    ]
    for (const [json, bytes, headers, expected] of cases)
      expect(told(await binary(url, json, bytes, headers))).toBe(expected)
  })
})

describe('POST /v2/models/{model}/explain', () => {
  const explain = (parameters?: object, more: object = {}) =>
    post('/v2/models/m/explain', { inputs: [input], ...(parameters ? { parameters } : {}), ...more })

  it('explains the model’s own decision by default', async () => {
    const response = await explain()
    expect(attributions.at(-1)).toMatchObject({
      model: 'm',
      conditions: [{ y: 'predicted', layers: [] }],
      composite: { name: 'epsilon_plus_flat' },
      output: { heatmap: ['tensor'], prediction: { tensor: true } },
    })
    const { outputs } = validate(InferenceResponse, response.json())
    expect(outputs.map(({ name, shape, datatype }) => [name, shape, datatype])).toEqual([
      ['heatmap', [1, 2], 'FP32'],
      ['prediction', [1, 2], 'FP32'],
      ['relevance/features.0', [1, 1], 'FP32'],
      ['heatmap_png', [1], 'BYTES'],
      ['meta', [1], 'BYTES'],
    ])
    expect(outputs[0]!.data).toEqual([0.5, null])
    expect(outputs[3]).toMatchObject({
      parameters: { content_type: 'base64' },
      data: [Buffer.from(png).toString('base64')],
    })
    expect(JSON.parse(outputs[4]!.data![0] as string)).toMatchObject({
      results: [{ trust: { ratio: 0.99 } }],
    })
  })

  it('takes the fields of an attribution as parameters, as values or as JSON text', async () => {
    const parameters = {
      conditions: [{ y: [1], 'features.0': [5] }],
      record: { 'features.0': { concepts: 3 } },
      composite: { name: 'epsilon_plus', epsilon: 0.5 },
      output: { per_channel: true },
      pairing: 'zip',
    }
    const texts = Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    )
    const tasks: unknown[] = []
    for (const given of [parameters, texts]) {
      expect((await explain(given)).statusCode).toBe(200)
      tasks.push(attributions.at(-1))
    }
    expect(tasks[0]).toEqual(tasks[1])
    expect(tasks[0]).toMatchObject({
      conditions: [
        { y: [1], layers: [{ layer: 'features.0', concept: { kind: 'channels', channels: [5] } }] },
      ],
      record: [{ layer: 'features.0', concepts: 3 }],
      composite: parameters.composite,
      pairing: 'zip',
    })
  })

  it('sends some outputs as bytes and some as JSON', async () => {
    const outputs = [
      { name: 'meta', parameters: { binary_data: false } },
      { name: 'heatmap', parameters: { binary_data: true } },
    ]
    const [answer, bytes] = split(await explain({ binary_data_output: true }, { outputs }))
    expect(answer.outputs.map(({ name }) => name)).toEqual(['meta', 'heatmap'])
    expect([...new Float32Array(new Uint8Array(bytes).buffer)]).toEqual([0.5, Number.NaN])
  })

  it.each<[string, object, string]>([
    ['an unknown parameter', { condition: [] }, '422 validation-failed /parameters/condition'],
    ['text that is no JSON', { conditions: '[{' }, '400 malformed-json /parameters/conditions'],
    [
      'a wrong value in a text',
      { conditions: '[{"y": -1}]' },
      '422 validation-failed /parameters/conditions/0/y',
    ],
    [
      'conditions that do not pair',
      { pairing: 'zip', conditions: [{ y: 1 }, { y: 2 }] },
      '422 pairing-mismatch /parameters/pairing',
    ],
    ['too many rows', { conditions: Array(5).fill({ y: 1 }) }, '422 too-many-rows /parameters/conditions'],
    [
      'an image by its part',
      { init_relevance: { shape: [1], datatype: 'FP32', data: [1, 2] } },
      '422 tensor-malformed /parameters/init_relevance/data',
    ],
  ])('refuses %s', async (_what, parameters, expected) => {
    expect(told(await explain(parameters))).toBe(expected)
  })

  it('lets the worker’s errors point into the request that came', async () => {
    const { attribute } = worker.behaviour
    worker.behaviour.attribute = async () => {
      throw new ProblemError('unknown-layer', '/conditions/0/conv: there is no such layer', {
        errors: [
          { pointer: '/conditions/0/conv', detail: 'there is no such layer' },
          { pointer: '/inputs/0/tensor/shape', detail: 'is not for this model' },
        ],
      })
    }
    const response = await explain({ conditions: [{ y: 1, conv: [1] }] })
    expect(told(response)).toBe('422 unknown-layer /parameters/conditions/0/conv /inputs/0')
    expect(response.json<Problem>().error).toBe('/parameters/conditions/0/conv: there is no such layer')
    worker.behaviour.attribute = attribute!
  })
})

describe('KServe V1', () => {
  it.each<[string, object]>([
    ['instances', { instances: [[1, 2]] }],
    ['inputs', { inputs: [[1, 2]] }],
    ['named inputs', { inputs: { x: [[1, 2]] } }],
  ])('predicts %s', async (_what, payload) => {
    expect((await post('/v1/models/m:predict', payload)).json()).toEqual({ predictions: [[1, 2]] })
    expect(sent()).toEqual([1, 2])
  })

  it('nests outputs of several axes', async () => {
    const { predict } = worker.behaviour
    const answer = predictionAnswer('m')
    const tensor = { ...floats(1, 2, 3, 4), shape: [2, 2] }
    worker.behaviour.predict = async () => ({
      ...answer,
      results: [{ sample: 0, prediction: { top: [], tensor } }],
    })
    const response = await post('/v1/models/m:predict', { instances: [[1, 2]] })
    expect(response.json()).toEqual({
      predictions: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    })
    worker.behaviour.predict = predict!
  })

  it('takes encoded images', async () => {
    const b64 = Buffer.from('one').toString('base64')
    await post('/v1/models/m:predict', { instances: [{ b64 }, { image_bytes: { b64 } }] })
    const image = Buffer.from('one')
    expect(predictions.at(-1)!.inputs).toEqual([{ image }, { image }])
  })

  it('explains', async () => {
    const response = await post('/v1/models/m:explain', {
      instances: [[1, 2]],
      parameters: { conditions: '[{"y": 1}]', output: { heatmap: ['tensor', 'png'] } },
    })
    const { explanations } = validate(KServeExplanations, response.json())
    expect(explanations[0]).toMatchObject({ sample: 0, heatmap: { tensor: { data: [0.5, null] } } })
    expect(attributions.at(-1)).toMatchObject({ conditions: [{ y: [1] }] })
  })

  it.each<[string, string, object, string]>([
    ['nothing', ':predict', {}, '422 validation-failed /instances'],
    ['both names', ':predict', { instances: [[1]], inputs: [[1]] }, '422 validation-failed /inputs'],
    ['another input', ':predict', { inputs: { z: [[1]] } }, '422 validation-failed /inputs/z'],
    ['uneven lists', ':predict', { instances: [[1, 2], [1]] }, '422 tensor-malformed /instances/1'],
    ['a text', ':predict', { instances: [[1, 'a']] }, '422 tensor-malformed /instances/0/1'],
    ['mixed kinds', ':predict', { instances: [{ b64: 'AAAA' }, [1]] }, '422 validation-failed /instances/1'],
    [
      'too many',
      ':explain',
      { instances: Array(5).fill([1, 2]) },
      '422 too-many-rows /parameters/conditions',
    ],
    ['a bad name', ':classify', { instances: [[1, 2]] }, '405 method-not-allowed'],
  ])('refuses %s', async (_what, verb, payload, expected) => {
    expect(told(await post(`/v1/models/m${verb}`, payload))).toBe(expected)
  })

  it('refuses lists that are nested without end', async () => {
    const payload = `{"instances": ${'['.repeat(2000)}${']'.repeat(2000)}}`
    const headers = { 'content-type': 'application/json' }
    const response = await app.inject({ method: 'POST', url: '/v1/models/m:predict', payload, headers })
    expect(told(response)).toBe('422 tensor-malformed /instances')
  })

  it('answers 405 to other methods, 404 to other models, with `error`', async () => {
    const wrong = await app.inject('/v1/models/m:predict')
    expect(told(wrong)).toBe('405 method-not-allowed')
    expect(wrong.headers.allow).toBe('POST')
    const missing = await post('/v1/models/n:predict', { instances: [[1, 2]] })
    expect(told(missing)).toBe('404 unknown-model')
    expect(missing.json<Problem>().error).toBe('There is no such model.')
  })
})
