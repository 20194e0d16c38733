import { describe, expect, test } from 'vitest'
import {
  type DeclaredDim,
  dims,
  GraphBuilder,
  type InferOptions,
  type InputSizes,
  inferTypes,
  type Model,
  OnnxError,
} from '../src/index.ts'

type Build = (b: GraphBuilder, x: string) => string

function modelOf(shape: readonly DeclaredDim[], build: Build = (b, x) => b.op('Relu', [x])): Model {
  const b = new GraphBuilder()
  const y = build(b, b.input('x', 'float32', shape))
  b.output('y', y, 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 17 }, graph: b.build('g'), metadata: {} }
}

const shapeOf = (model: Model, sizes?: InputSizes, options?: InferOptions): string =>
  dims.formatShape(inferTypes(model, sizes, options).types.get('y')!.shape)

function failure(model: Model, sizes?: InputSizes, options?: InferOptions): OnnxError {
  try {
    inferTypes(model, sizes, options)
  } catch (error) {
    if (error instanceof OnnxError) return error
    throw error
  }
  throw new Error('it did not throw')
}

describe('input sizes', () => {
  test('the first axis is the batch, declared or not', () => {
    expect(shapeOf(modelOf(['N', 3]))).toBe('Nx3')
    expect(shapeOf(modelOf([1, 3]))).toBe('Nx3')
    expect(shapeOf(modelOf([null, 3]))).toBe('Nx3')
    expect(shapeOf(modelOf([]))).toBe('scalar')
  })

  test('a declared batch stays when asked for', () => {
    expect(shapeOf(modelOf([2, 3]), {}, { batch: 'declared' })).toBe('2x3')
    expect(shapeOf(modelOf(['N', 3]), {}, { batch: 'declared' })).toBe('Nx3')
  })

  test('free axes take the given sizes', () => {
    expect(shapeOf(modelOf(['N', 3, 'H', null]), { x: [3, 8, 9] })).toBe('Nx3x8x9')
  })

  test('free axes without a size are named', () => {
    const error = failure(modelOf(['N', 3, 'H', null]))
    expect([error.code, error.details]).toEqual([
      'input-size-needed',
      { inputs: [{ name: 'x', shape: ['N', 3, 'H', null] }] },
    ])
  })

  test.each<[string, InputSizes]>([
    ['another fixed size', { x: [4, 8] }],
    ['another number of axes', { x: [3, 8, 8] }],
    ['a size of zero', { x: [3, 0] }],
    ['a fraction', { x: [3, 1.5] }],
    ['an input that is not there', { z: [3, 8] }],
  ])('%s is input-size-wrong', (_what, sizes) => {
    expect(failure(modelOf(['N', 3, 'H']), sizes).code).toBe('input-size-wrong')
  })
})

describe('nodes', () => {
  test('all operators that are not known stand in one error; collected they come back with the rest', () => {
    const model = modelOf(['N', 4], (b, x) => {
      b.op('NonZero', [x])
      b.op('Relu', [b.op('Bernoulli', [x])])
      return b.op('Relu', [x])
    })
    const unknown = [
      { node: 'NonZero_out', op: 'NonZero', reason: 'the operator is not supported' },
      { node: 'Bernoulli_out', op: 'Bernoulli', reason: 'the operator is not supported' },
    ]
    const error = failure(model)
    expect([error.code, error.details]).toEqual(['model-not-supported', { nodes: unknown }])
    const inferred = inferTypes(model, {}, { unknown: 'collect' })
    expect(inferred.unknown).toEqual(unknown)
    expect(dims.formatShape(inferred.types.get('y')!.shape)).toBe('Nx4')
  })

  test.each<[string, readonly DeclaredDim[], Build]>([
    ['channels', ['N', 3, 8, 8], (b, x) => b.op('Conv', [x, b.floats(new Array(36).fill(0), [1, 4, 3, 3])])],
    [
      'a kernel that does not fit',
      ['N', 1, 2, 2],
      (b, x) => b.op('Conv', [x, b.floats(new Array(9).fill(0), [1, 1, 3, 3])]),
    ],
    ['inner axes', ['N', 3], (b, x) => b.op('MatMul', [x, b.floats([1, 2, 3, 4], [4, 1])])],
    ['broadcasting', ['N', 3], (b, x) => b.op('Add', [x, b.floats([1, 2], [2])])],
    ['reshaping', ['N', 6], (b, x) => b.op('Reshape', [x, b.ints([-1, 4, 1, 1, 5])])],
    ['joining', ['N', 3, 2], (b, x) => b.op('Concat', [x, b.op('Flatten', [x])], { axis: 1 })],
    ['an axis', ['N', 3], (b, x) => b.op('Unsqueeze', [x, b.ints([7])])],
    ['an index', ['N', 3], (b, x) => b.op('Expand', [x, b.op('Gather', [b.op('Shape', [x]), b.ints([5])])])],
    ['a stride of zero', ['N', 1, 4], (b, x) => b.op('MaxPool', [x], { kernel_shape: [2], strides: [0] })],
    ['a permutation', ['N', 3], (b, x) => b.op('Transpose', [x], { perm: [0, 0] })],
  ])('%s that do not fit are shape-mismatch', (_what, shape, build) => {
    const error = failure(modelOf(shape, build))
    expect([error.code, error.message]).toEqual(['shape-mismatch', expect.stringContaining('_out')])
  })

  test.each<[string, readonly DeclaredDim[], Build]>([
    ['a reshape to a fixed batch', [1, 6], (b, x) => b.op('Reshape', [x, b.ints([1, 6])])],
    [
      'a constant with a batch of its own',
      [2, 3],
      (b, x) => b.op('Add', [x, b.floats([1, 2, 3, 4, 5, 6], [2, 3])]),
    ],
    [
      'rows added to the batch',
      ['N', 3],
      (b, x) => b.op('Concat', [x, b.floats([1, 2, 3], [1, 3])], { axis: 0 }),
    ],
    ['a batch that is cut', ['N', 3], (b, x) => b.op('Slice', [x, b.ints([1]), b.ints([9])])],
    ['a squeeze that may take the batch', ['N', 1], (b, x) => b.op('Squeeze', [x])],
    [
      'a shape of the data',
      ['N', 3],
      (b, x) => b.op('Reshape', [x, b.op('Cast', [b.op('ReduceMax', [x])], { to: 7 })]),
    ],
  ])('%s is model-not-supported', (_what, shape, build) => {
    expect(failure(modelOf(shape, build)).code).toBe('model-not-supported')
  })

  test('tensors of an absurd size are refused before anybody makes them', () => {
    const model = modelOf(['N', 3], (b, x) => b.op('Expand', [x, b.ints([1_000_000, 1_000_000, 1, 3])]))
    expect(failure(model).code).toBe('model-not-supported')
    expect(failure(modelOf(['N', 5]), {}, { maxElements: 4 }).message).toContain('more than 4 elements')
  })

  test('a graph that makes no end of known elements is left alone after a while', () => {
    const model = modelOf(['N', 3], (b, x) => {
      let large = b.op('Expand', [b.int(1), b.ints([256, 256])])
      for (let i = 0; i < 2000; i++) large = b.op('Add', [large, b.int(i)])
      return b.op('Reshape', [x, b.op('Concat', [b.ints([-1]), b.ints([3])], { axis: 0 })])
    })
    const { types, values } = inferTypes(model)
    expect(dims.formatShape(types.get('y')!.shape)).toBe('Nx3')
    expect([...values.values()].flat().length).toBeLessThan(5_000_000)
  })
})
