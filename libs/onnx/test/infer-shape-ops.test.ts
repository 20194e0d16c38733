import { describe, expect, test } from 'vitest'
import { type Constant, constants, dims, foldConstants, type GraphBuilder, inferTypes } from '../src/index.ts'
import { type Case, modelOf } from './cases.ts'
import { expectAsRun } from './check.ts'

const int32 = (values: readonly number[]): Constant => ({
  dataType: 'int32',
  dims: [values.length],
  data: { kind: 'inline', bytes: new Uint8Array(Int32Array.from(values).buffer) },
})

const bool = (values: readonly number[]): Constant => ({
  dataType: 'bool',
  dims: [values.length],
  data: { kind: 'inline', bytes: Uint8Array.from(values) },
})

const cases: readonly Case[] = [
  ['Flatten at every axis', 13, (b, x) => [1, 2, 3, 4, -1].map((axis) => b.op('Flatten', [x], { axis }))],
  ['Reshape with 0 and -1', 14, (b, x) => b.op('Reshape', [x, b.ints([0, -1, 5])])],
  [
    'Reshape of positions into the batch',
    14,
    (b, x) => b.op('Reshape', [b.op('Transpose', [x], { perm: [0, 2, 3, 1] }), b.ints([-1, 4])]),
  ],
  [
    'Reshape and back again',
    14,
    (b, x) => b.op('Reshape', [b.op('Reshape', [x, b.ints([-1, 5])]), b.ints([-1, 4, 6, 5])]),
  ],
  [
    'Reshape to a computed shape',
    14,
    (b, x) => {
      const shape = b.op('Shape', [x])
      const n = b.op('Gather', [shape, b.ints([0])], { axis: 0 })
      const hw = b.op('Mul', [b.op('Gather', [shape, b.ints([2])]), b.op('Gather', [shape, b.ints([3])])])
      b.op('Reshape', [x, b.op('Concat', [n, b.ints([4]), hw], { axis: 0 })])
    },
  ],
  [
    'window partition as Swin does it',
    14,
    (b, x) => {
      const n = b.op('Gather', [b.op('Shape', [x]), b.ints([0])])
      const half = b.op('Div', [b.ints([6]), b.ints([2])])
      const split = b.op('Reshape', [x, b.op('Concat', [n, b.ints([4, 2]), half, b.ints([5])], { axis: 0 })])
      const windows = b.op('Mul', [n, b.ints([2])])
      b.op('Reshape', [
        b.op('Transpose', [split], { perm: [0, 2, 1, 3, 4] }),
        b.op('Concat', [windows, b.ints([-1])], { axis: 0 }),
      ])
    },
  ],
  [
    'Shape with start and end',
    15,
    (b, x) => {
      for (const [start, end] of [
        [1, 3],
        [-2, 9],
        [0, -1],
        [3, 1],
      ] as const)
        b.op('Shape', [x], { start, end })
      b.op('Size', [x])
    },
  ],
  [
    'shape arithmetic',
    14,
    (b, x) => {
      const shape = b.op('Shape', [x])
      const n = b.op('Gather', [shape, b.int(0)], { axis: 0 })
      for (const op of ['Add', 'Mul', 'Sub', 'Div', 'Mod', 'Min', 'Max']) b.op(op, [n, n])
      for (const op of ['Mul', 'Add', 'Div', 'Mod', 'Max', 'Min', 'Sub']) b.op(op, [shape, b.ints([1])])
      b.op('Mod', [b.ints([-7, 7, -7]), b.ints([3, -3, 7])])
      b.op('Mod', [b.ints([-7, 7, -7]), b.ints([3, -3, 7])], { fmod: 1 })
      b.op('Div', [b.ints([-7, 7, 8]), b.ints([2, -2, 3])])
      b.op('ReduceProd', [shape], { keepdims: 0 })
      b.op('ReduceMax', [b.ints([3, 9, 2])], { keepdims: 1 })
      b.op('Where', [b.op('Equal', [shape, b.ints([-1, 4, 6, 7])]), b.ints([1]), shape])
      b.op('Neg', [shape])
      b.op('Cast', [b.op('Greater', [shape, b.ints([0, 5, 5, 5])])], { to: 7 })
      b.op('Unsqueeze', [b.op('Squeeze', [n]), b.ints([0])])
      b.op('Tile', [b.ints([1, 2]), b.ints([3])])
      b.op('Transpose', [b.op('Reshape', [b.ints([1, 2, 3, 4, 5, 6]), b.ints([2, 3])])])
    },
  ],
  [
    'sizes by way of floats',
    13,
    (b, x) => {
      const size = b.op('Cast', [b.op('Gather', [b.op('Shape', [x]), b.ints([2, 3])])], { to: 1 })
      const scaled = b.op('Floor', [b.op('Mul', [size, b.floats([1.7, 2.3], [2])])])
      const target = b.op(
        'Concat',
        [b.op('Gather', [b.op('Shape', [x]), b.ints([0, 1])]), b.op('Cast', [scaled], { to: 7 })],
        { axis: 0 },
      )
      b.op('Resize', [x, '', '', target], { mode: 'nearest' })
    },
  ],
  [
    'Slice',
    13,
    (b, x) => {
      const max = Number.MAX_SAFE_INTEGER
      b.op('Slice', [x, b.ints([0, 1]), b.ints([max, -1]), b.ints([0, 2])])
      b.op('Slice', [x, b.ints([-1]), b.ints([-9]), b.ints([3]), b.ints([-2])])
      b.op('Slice', [x, b.ints([1, 4]), b.ints([3, 2]), b.ints([-1, 2]), b.ints([1, -1])])
      b.op('Slice', [b.op('Shape', [x]), b.ints([1]), b.ints([max]), b.ints([0])])
      b.op('Slice', [b.ints([1, 2, 3, 4, 5]), b.ints([-2]), b.ints([-9]), b.ints([0]), b.ints([-2])])
    },
  ],
  [
    'Gather',
    13,
    (b, x) => {
      b.op('Gather', [x, b.initializer('index', constants.int64([0, -1, 1, 0], [2, 2]))], { axis: 2 })
      b.op('Gather', [x, b.int(1)], { axis: 1 })
      b.op('Gather', [b.op('Shape', [x]), b.ints([-1, 1])])
      b.op('GatherElements', [b.ints([5, 6, 7]), b.ints([2, 0])])
      b.op('GatherND', [
        b.op('Transpose', [x], { perm: [1, 2, 3, 0] }),
        b.initializer('nd', constants.int64([0, 1, 1, 2], [2, 2])),
      ])
    },
  ],
  [
    'Concat and Split',
    13,
    (b, x) => {
      b.op('Concat', [x, x, x], { axis: 0 })
      b.op('Concat', [x, x], { axis: -3 })
      b.ops('Split', [x], 2, { axis: 1 })
      b.ops('Split', [x, b.ints([1, 4])], 2, { axis: 3 })
      b.ops('Split', [b.op('Shape', [x]), b.ints([1, 3])], 2, { axis: 0 })
    },
  ],
  ['uneven Split', 18, (b, x) => b.ops('Split', [x], 3, { axis: 3, num_outputs: 3 })],
  ['Split with an attribute', 11, (b, x) => b.ops('Split', [x], 2, { axis: 2, split: [2, 4] })],
  [
    'Squeeze and Unsqueeze with attributes',
    11,
    (b, x) => b.op('Squeeze', [b.op('Unsqueeze', [x], { axes: [0, -1] })], { axes: [-1] }),
  ],
  ['Squeeze of all', 13, (b, x) => b.op('Add', [x, b.op('Squeeze', [b.floats([1], [1, 1])])])],
  ['Transpose', 13, (b, x) => [b.op('Transpose', [x]), b.op('Transpose', [x], { perm: [2, 0, 3, 1] })]],
  [
    'Expand and Tile',
    13,
    (b, x) => {
      const shape = b.op('Shape', [x])
      b.op('Expand', [b.scalar(1), shape])
      b.op('Expand', [x, b.ints([2, 1, 1, 1, 5])])
      b.op('Tile', [x, b.ints([2, 1, 3, 1])])
      b.op('Expand', [b.ints([1, 2]), b.ints([3, 1])])
    },
  ],
  [
    'ConstantOfShape',
    13,
    (b, x) => {
      b.op('ConstantOfShape', [b.op('Shape', [x])])
      b.op('ConstantOfShape', [b.ints([2, 2])], { value: { kind: 'tensor', value: constants.int64([7]) } })
    },
  ],
  [
    'Range',
    13,
    (b, x) => {
      const n = b.op('Gather', [b.op('Shape', [x]), b.int(0)], { axis: 0 })
      b.op('Range', [b.int(0), n, b.int(1)])
      b.op('Range', [b.int(9), b.int(2), b.int(-3)])
      b.op('Range', [b.int(0), b.op('Mul', [n, b.int(6)]), b.int(2)])
    },
  ],
  [
    'Cast and CastLike',
    15,
    (b, x) => {
      b.op('Cast', [x], { to: 10 })
      b.op('Cast', [b.op('Shape', [x])], { to: 6 })
      b.op('CastLike', [b.op('Shape', [x]), b.initializer('like', int32([1]))])
      b.op('Cast', [b.floats([-1.7, 2.5], [2])], { to: 7 })
      b.op('Cast', [b.initializer('truth', bool([1, 0]))], { to: 7 })
    },
  ],
  [
    'ScatterElements and ScatterND',
    16,
    (b, x) => {
      b.op('ScatterElements', [b.floats([0, 0, 0], [3]), b.ints([2, 0]), b.floats([1, 2], [2])], { axis: 0 })
      b.op('ScatterND', [
        b.floats([0, 0, 0], [3]),
        b.initializer('at', constants.int64([1], [1, 1])),
        b.floats([5], [1]),
      ])
      b.op('Relu', [x])
    },
  ],
]

describe.each(cases)('%s (operator set %i)', (_name, opset, build) => {
  const model = modelOf(build, opset)

  test.each([1, 3])('is what ONNX Runtime gives at batch %i', (batch) => expectAsRun(model, batch))
})

/** The known value of the last tensor. */
function lastValue(build: (b: GraphBuilder, x: string) => string): string | undefined {
  const model = modelOf(build, 15)
  return inferTypes(model).values.get(model.graph.nodes.at(-1)!.outputs[0]!)?.map(dims.formatDim).join(',')
}

test('elements follow the batch size through shape arithmetic', () => {
  const n = (b: GraphBuilder, x: string): string => b.op('Gather', [b.op('Shape', [x]), b.ints([0])])
  expect(lastValue((b, x) => b.op('Mul', [n(b, x), b.ints([30])]))).toBe('30N')
  expect(lastValue((b, x) => b.op('Div', [b.op('Mul', [n(b, x), b.ints([30])]), b.ints([6])]))).toBe('5N')
  expect(lastValue((b, x) => b.op('ReduceProd', [b.op('Shape', [x])], { keepdims: 0 }))).toBe('120N')
  expect(lastValue((b, x) => b.op('Concat', [n(b, x), b.ints([4])], { axis: 0 }))).toBe('N,4')
  expect(lastValue((b, x) => b.op('Equal', [n(b, x), b.ints([-1])]))).toBe('0')
  expect(lastValue((b, x) => b.op('Max', [n(b, x), b.ints([1])]))).toBe('N')
  expect(lastValue((b, x) => b.op('Add', [n(b, x), b.ints([1])]))).toBeUndefined()
  expect(lastValue((b, x) => b.op('Equal', [n(b, x), b.ints([4])]))).toBeUndefined()
})

test('folding keeps what depends on the batch and turns the rest into constants', () => {
  const model = modelOf((b, x) => {
    const shape = b.op('Shape', [x])
    const n = b.op('Gather', [shape, b.ints([0])])
    const rest = b.op('Slice', [shape, b.ints([1]), b.ints([9])])
    const y = b.op('Reshape', [x, b.op('Concat', [n, b.op('ReduceProd', [rest])], { axis: 0 })])
    b.output('y', y, 'float32', null)
  }, 13)
  const folded = foldConstants(model, inferTypes(model))
  expect(folded.graph.nodes.map((node) => node.op)).toEqual([
    'Shape',
    'Gather',
    'Concat',
    'Reshape',
    'Identity',
  ])
  expect(constants.toNumbers(folded.graph.initializers.get('ReduceProd_out')!)).toEqual([120])
})
