import { GraphBuilder, type Model } from '@crp-serve/onnx'
import { describe, expect, test } from 'vitest'
import { compareArrays } from '../support/compare.ts'
import { explain, type Options } from './lrp.ts'
import { stabilized } from './stabilizer.ts'
import { tensor } from './tensor.ts'

const modelOf = (emit: (b: GraphBuilder, x: string) => string): Model => {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', ['N', null])
  b.output('y', emit(b, x), 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 17 }, graph: b.build('corner'), metadata: {} }
}

const explained = (model: Model, values: readonly number[], options: Partial<Options> = {}): number[] => [
  ...explain(model, { data: values, shape: [1, values.length] }, { rules: () => null, ...options }).input
    .data,
]

describe('corners that random numbers do not meet', () => {
  test('the derivative of Relu at zero is zero', () => {
    const model = modelOf((b, x) => b.op('Relu', [x]))
    expect(explained(model, [-1, 0, 2], { startWith: (y) => tensor(y.shape, [5, 5, 5]) })).toEqual([0, 0, 5])
  })

  test('the derivative of Clip at both bounds is zero', () => {
    const model = modelOf((b, x) => b.op('Clip', [x, b.scalar(0), b.scalar(6)]))
    expect(explained(model, [0, 3, 6], { startWith: (y) => tensor(y.shape, [5, 5, 5]) })).toEqual([0, 5, 0])
  })

  test('a stabilizer takes zero as positive', () => {
    const z = tensor([1, 3], [-2, 0, 2])
    expect([...stabilized(z, 0.5).data]).toEqual([-2.5, 0.5, 2.5])
    expect([...stabilized(z, { epsilon: 3, clip: true }).data]).toEqual([-3, 3, 3])
  })

  test('a stabilizer with norm_scale scales each row by its own root mean square', () => {
    const z = tensor([2, 2], [3, -3, 0, 0])
    expect([...stabilized(z, { epsilon: 1, normScale: true }).data]).toEqual([6, -6, 0, 0])
    const r = Math.sqrt(4.5)
    const overRows = stabilized(z, { epsilon: 1, normScale: true, dim: [0] })
    expect([...overRows.data]).toEqual([3 + r, -3 - r, r, r])
  })

  test('flat shares relevance among the inputs that a window covers, padding apart', () => {
    const model = modelOf((b, x) => {
      const image = b.op('Unsqueeze', [x, b.ints([1])])
      return b.op('Conv', [image, b.floats([7, -7, 7], [1, 1, 3])], { pads: [1, 1] })
    })
    const rules: Options['rules'] = (node) => (node.op === 'Conv' ? { name: 'flat', stabilizer: 0 } : null)
    const startWith: Options['startWith'] = (y) => tensor(y.shape, [6, 6, 6])
    // Border outputs cover two inputs, the middle one all three.
    expect(explained(model, [1, 2, 3], { rules, startWith })).toEqual([3 + 2, 3 + 2 + 3, 2 + 3])
  })

  test('relevance of all consumers is masked together', () => {
    const model = modelOf((b, x) => {
      const shared = b.op('Relu', [x])
      return b.op('Add', [shared, b.op('Identity', [shared])])
    })
    const name = model.graph.nodes[0]!.outputs[0]!
    const masks = { [name]: [[1]] }
    expect(explained(model, [1, 2], { masks })).toEqual([0, 2 * 4])
  })
})

describe('what the reference refuses', () => {
  const model = modelOf((b, x) => b.op('Relu', [b.op('Sigmoid', [x])]))
  const [inner, outer] = model.graph.nodes.map((node) => node.outputs[0]!) as [string, string]

  test.each<[string, Partial<Options>, RegExp]>([
    [
      'a mask on a tensor that is not there',
      { masks: { nowhere: [[0]] } },
      /no relevance can pass a tensor nowhere/,
    ],
    ['masks for another number of rows', { masks: { [inner]: [[0], [0]] } }, /2 masks for 1 rows/],
    [
      'masked tensors in the wrong order',
      { masks: { [inner]: [[0]], [outer]: [[0]] }, excludeParallel: true },
      /no path leads from .* back to/,
    ],
    ['a rule on weights for a node without', { rules: () => ({ name: 'z_plus' }) }, /z_plus is no rule for/],
  ])('%s', (_, options, message) => {
    expect(() => explained(model, [1, 2], options)).toThrow(message)
  })
})

describe('comparing arrays', () => {
  const expected = { shape: [2], data: [0, 10] }
  test.each<[string, readonly number[], readonly number[], boolean]>([
    ['equal arrays pass', [2], [0, 10], true],
    ['an error within the tolerance of the maximum passes', [2], [0.0009, 10], true],
    ['a larger error fails', [2], [0.0011, 10], false],
    ['another shape fails', [1, 2], [0, 10], false],
    ['a value that is not finite fails', [2], [0, Number.NaN], false],
  ])('%s', (_, shape, data, passed) => {
    expect(compareArrays(expected, { shape, data }, 1e-4).passed).toBe(passed)
  })

  test('zeros are met by zeros only', () => {
    const zeros = { shape: [1], data: [0] }
    expect(compareArrays(zeros, { shape: [1], data: [0] }, 1e-4).passed).toBe(true)
    expect(compareArrays(zeros, { shape: [1], data: [1e-6] }, 1e-4).passed).toBe(false)
  })
})
