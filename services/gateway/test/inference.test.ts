import {
  INFERENCE_HEADER_LENGTH,
  InferenceModel,
  InferenceResponse,
  Problem,
  validate,
} from '@crp-serve/contracts'
import { describe, expect, it } from 'vitest'
import { told } from './app.ts'
import { bytesOf, InferenceStand, input, sha256, split } from './inference-stand.ts'

const stand = new InferenceStand()
const { binary, infer, predictions, sent } = stand

describe('GET /v2', () => {
  it.each([
    ['/v2', { name: 'crp-serve', version: '0.1.0', extensions: ['binary_tensor_data', 'explain'] }],
    ['/v2/health/live', { live: true }],
    ['/v2/health/ready', { ready: true }],
    ['/v2/models/m/ready', { name: 'm', ready: true }],
    [`/v2/models/m/versions/${sha256}/ready`, { name: 'm', ready: true }],
  ])('%s', async (url, expected) => {
    expect((await stand.app.inject(url)).json()).toEqual(expected)
  })

  it('describes a model with the output that is served', async () => {
    for (const url of ['/v2/models/m', `/v2/models/m/versions/${sha256}`])
      expect(validate(InferenceModel, (await stand.app.inject(url)).json())).toEqual({
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
    const response = await stand.app.inject(url)
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
