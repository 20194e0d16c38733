import { describe, test } from 'vitest'
import { floatAttribute, type GraphBuilder } from '../src/index.ts'
import { type Case, modelOf } from './cases.ts'
import { expectAsRun } from './check.ts'

const elementwise = [
  ...[
    'Abs',
    'Ceil',
    'Cos',
    'Elu',
    'Erf',
    'Exp',
    'Floor',
    'HardSigmoid',
    'HardSwish',
    'Identity',
    'IsNaN',
    'LeakyRelu',
  ],
  ...[
    'LogSoftmax',
    'Mish',
    'Neg',
    'Reciprocal',
    'Relu',
    'Round',
    'Selu',
    'Sigmoid',
    'Sign',
    'Sin',
    'Softmax',
  ],
  ...['Softplus', 'Softsign', 'Sqrt', 'Tanh', 'ThresholdedRelu'],
]

const cases: readonly Case[] = [
  ...elementwise.map((op) => [op, 18, (b: GraphBuilder, x: string) => b.op(op, [x])] as const),
  ['Gelu', 20, (b, x) => b.op('Gelu', [x], { approximate: 'tanh' })],
  [
    'binary operators',
    13,
    (b, x) =>
      ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max'].map((op) => b.op(op, [x, b.floats([1, 2, 3, 4, 5], [5])])),
  ],
  [
    'comparisons',
    16,
    (b, x) => {
      const masks = ['Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual'].map((op) =>
        b.op(op, [x, b.scalar(0)]),
      )
      b.op('Not', [b.op('And', [masks[0]!, b.op('Xor', [masks[1]!, masks[2]!])])])
      b.op('Where', [masks[1]!, x, b.floats([7], [1, 1, 1, 1])])
    },
  ],
  ['broadcasting to more axes', 13, (b, x) => b.op('Add', [b.floats([1, 2], [2, 1, 1, 1, 1]), x])],
  [
    'PRelu and Clip',
    16,
    (b, x) =>
      b.op('Clip', [b.op('PRelu', [x, b.floats([1, 2, 3, 4], [4, 1, 1])]), b.scalar(-1), b.scalar(1)]),
  ],
  ['Sum and Mean of many', 13, (b, x) => b.op('Mean', [b.op('Sum', [x, x, b.scalar(1)]), x])],
  [
    'Gemm',
    13,
    (b, x) => b.op('Gemm', [b.op('Flatten', [x]), b.floats(new Array(240).fill(1), [2, 120])], { transB: 1 }),
  ],
  [
    'MatMul with constant weights',
    13,
    (b, x) => b.op('MatMul', [x, b.floats(new Array(15).fill(1), [5, 3])]),
  ],
  [
    'Einsum',
    18,
    (b, x) => {
      b.op('Einsum', [x, x], { equation: 'nchw, nchd -> nwd' })
      b.op('Einsum', [x], { equation: '...hw->...h' })
      b.op('Einsum', [x], { equation: 'nchw' })
      b.op('Einsum', [x, b.floats([1, 2], [2, 1])], { equation: '...w,dw' })
    },
  ],
  [
    'MatMul of two tensors',
    13,
    (b, x) => b.op('MatMul', [x, b.op('Transpose', [x], { perm: [0, 1, 3, 2] })]),
  ],
  ['MatMul with a vector', 13, (b, x) => b.op('MatMul', [x, b.floats([1, 2, 3, 4, 5], [5])])],
  [
    'reductions by attribute',
    12,
    (b, x) => {
      for (const op of ['ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceL2', 'ReduceProd'])
        b.op(op, [x], { axes: [-1, 2], keepdims: 0 })
      b.op('ReduceMin', [x], { axes: [1] })
    },
  ],
  [
    'reductions by input',
    18,
    (b, x) => {
      for (const op of ['ReduceMean', 'ReduceSum', 'ReduceLogSumExp'])
        b.op(op, [x, b.ints([-1, 1])], { keepdims: 1 })
      b.op('ReduceSum', [x])
      b.op('ReduceSum', [x, b.ints([])], { noop_with_empty_axes: 1 })
      b.op('ReduceL1', [x, b.ints([2])], { keepdims: 0 })
    },
  ],
  [
    'ArgMax and TopK',
    13,
    (b, x) => {
      b.op('ArgMax', [x], { axis: 1, keepdims: 0 })
      b.op('ArgMin', [x], { axis: -1 })
      b.ops('TopK', [x, b.ints([2])], 2, { axis: 1 })
    },
  ],
  ['Pad', 13, (b, x) => b.op('Pad', [x, b.ints([0, 1, 2, -1, 0, 0, 3, 1])])],
  [
    'Pad of listed axes',
    18,
    (b, x) => b.op('Pad', [x, b.ints([1, 2, 3, 0]), '', b.ints([-1, 2])], { mode: 'edge' }),
  ],
  [
    'Resize by scales',
    13,
    (b, x) => [
      b.op('Resize', [x, '', b.floats([1, 1, 2, 2], [4])], { mode: 'nearest' }),
      b.op('Resize', [x, '', b.floats([1, 1, 0.7, 1.3], [4])], { mode: 'linear' }),
    ],
  ],
  [
    'Resize by sizes of listed axes',
    18,
    (b, x) => [
      b.op('Resize', [x, '', '', b.ints([9, 4])], { mode: 'nearest', axes: [2, 3] }),
      b.op('Resize', [x, '', '', b.ints([9, 11])], {
        mode: 'linear',
        axes: [2, 3],
        keep_aspect_ratio_policy: 'not_larger',
      }),
      b.op('Resize', [x, '', '', b.ints([9, 11])], {
        mode: 'linear',
        axes: [2, 3],
        keep_aspect_ratio_policy: 'not_smaller',
      }),
    ],
  ],
  [
    'normalizations',
    17,
    (b, x) => {
      const four = b.floats([1, 2, 3, 4], [4])
      b.op('BatchNormalization', [x, four, four, four, four])
      b.op('InstanceNormalization', [x, four, four])
      b.ops('LayerNormalization', [x, b.floats([1, 2, 3, 4, 5], [5])], 3, { axis: -1 })
      b.op('LRN', [x], { size: 3, alpha: floatAttribute(1) })
      b.op('LpNormalization', [x])
      b.op('MeanVarianceNormalization', [x])
      b.ops('Dropout', [x], 2)
      b.op('CumSum', [x, b.int(1)])
    },
  ],
  [
    'GroupNormalization',
    21,
    (b, x) =>
      b.op('GroupNormalization', [x, b.floats([1, 2, 3, 4], [4]), b.floats([1, 2, 3, 4], [4])], {
        num_groups: 2,
      }),
  ],
]

describe.each(cases)('%s (operator set %i)', (_name, opset, build) => {
  const model = modelOf(build, opset)

  test.each([1, 3])('is what ONNX Runtime gives at batch %i', (batch) => expectAsRun(model, batch))
})
