import { describe, expect, it } from 'vitest'
import { AttributionRequest, ModelMetadata, ProblemError, validate } from '../src/index.ts'

const request = { model: 'm', inputs: [{ image: { part: 'x' } }], conditions: [{ y: [1] }] }

/** The summary of what is wrong, as clients print it, without the lists of known names. */
function summary(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ProblemError) return error.message
    throw error
  }
  throw new Error('was accepted')
}

const refused = (changes: object): string =>
  summary(() => validate(AttributionRequest, { ...request, ...changes }))

const rule = (given: unknown) => ({
  composite: { layers: [{ match: { type: 'convolution' }, rule: given }] },
})

describe('the summary of a wrong request', () => {
  it('names the slip rather than the field that it leaves missing', () => {
    expect(summary(() => validate(ModelMetadata, { nmae: 'x' }))).toMatch(
      /^\/nmae is not a known field; known are .*; nearest: name \(and 1 more\)$/,
    )
    const { conditions, ...others } = request
    expect(summary(() => validate(AttributionRequest, { ...others, condition: conditions }))).toMatch(
      /^\/condition is not a known field; .*; nearest: conditions \(and 1 more\)$/,
    )
  })

  it('is about the branch of a union whose fields are there', () => {
    const wrong = { match: { type: 'conv' }, rule: { name: 'zplus' } }
    expect(refused({ composite: { layers: [wrong] } })).toMatch(
      /^\/composite\/layers\/0\/match\/type must be one of .*; nearest: convolution \(and 1 more\)$/,
    )
    expect(refused({ conditions: [{ y: [1], l: { topk: 3 } }] })).toMatch(
      /^\/conditions\/0\/l\/topk is not a known field; known are top; nearest: top/,
    )
  })

  it.each<[string, object, string]>([
    [
      'an input of no kind',
      { inputs: [{ base64: 'AAAA' }] },
      '/inputs/0 must be an object with "image" or an object with "tensor" or an object with "dataset", "index", not with "base64"',
    ],
    [
      'an empty input',
      { inputs: [{}] },
      '/inputs/0 must be an object with "image" or an object with "tensor" or an object with "dataset", "index", not an empty one',
    ],
    [
      'an image as text',
      { inputs: [{ image: 'AAAA' }] },
      '/inputs/0/image must be an object with "base64" or an object with "part" or an object with "url", not a string',
    ],
    [
      'nested values of a tensor',
      { inputs: [{ tensor: { shape: [1, 2], datatype: 'FP32', data: [[1, 2]] } }] },
      '/inputs/0/tensor/data/0 must be a number or a boolean, not a list',
    ],
    [
      'the name of a class',
      { conditions: [{ y: 'goldfish' }] },
      '/conditions/0/y must be a list (each an integer) or an integer or "predicted"',
    ],
    ['a bare rule', rule('z_plus'), '/composite/layers/0/rule must be an object: {"name": "z_plus"}'],
    [
      'a bare rule with parameters',
      rule('z_box'),
      '/composite/layers/0/rule "z_box" needs parameters: it must be an object with "name", "low", "high"',
    ],
    ['no rule at all', rule(7), '/composite/layers/0/rule must be an object with "name", not 7'],
    [
      'a text for a list',
      { output: { heatmap: 'png' } },
      '/output/heatmap must be a list (each one of "png", "tensor"), not a string',
    ],
  ])('tells what would be right: %s', (_, changes, text) => {
    expect(refused(changes)).toBe(text)
  })
})
