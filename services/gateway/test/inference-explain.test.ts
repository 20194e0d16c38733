import { InferenceResponse, type Problem, ProblemError, validate } from '@crp-serve/contracts'
import { describe, expect, it } from 'vitest'
import { told } from './app.ts'
import { InferenceStand, input, split } from './inference-stand.ts'
import { png } from './worker.ts'

const stand = new InferenceStand()
const { attributions, post } = stand

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
    const { attribute } = stand.worker.behaviour
    stand.worker.behaviour.attribute = async () => {
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
    stand.worker.behaviour.attribute = attribute!
  })
})
