import { KServeExplanations, type Problem, validate } from '@crp-serve/contracts'
import { describe, expect, it } from 'vitest'
import { told } from './app.ts'
import { InferenceStand } from './inference-stand.ts'
import { floats, predictionAnswer } from './worker.ts'

const stand = new InferenceStand()
const { attributions, post, predictions, sent } = stand

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
    const { predict } = stand.worker.behaviour
    const answer = predictionAnswer('m')
    const tensor = { ...floats(1, 2, 3, 4), shape: [2, 2] }
    stand.worker.behaviour.predict = async () => ({
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
    stand.worker.behaviour.predict = predict!
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
    const response = await stand.app.inject({ method: 'POST', url: '/v1/models/m:predict', payload, headers })
    expect(told(response)).toBe('422 tensor-malformed /instances')
  })

  it('answers 405 to other methods, 404 to other models, with `error`', async () => {
    const wrong = await stand.app.inject('/v1/models/m:predict')
    expect(told(wrong)).toBe('405 method-not-allowed')
    expect(wrong.headers.allow).toBe('POST')
    const missing = await post('/v1/models/n:predict', { instances: [[1, 2]] })
    expect(told(missing)).toBe('404 unknown-model')
    expect(missing.json<Problem>().error).toBe('There is no such model.')
  })
})
