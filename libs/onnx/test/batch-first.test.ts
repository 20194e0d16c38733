import { describe, expect, it } from 'vitest'
import { GraphBuilder, inferTypes, type Model, moveBatchFirst } from '../src/index.ts'
import { noise } from './ort.ts'
import { expectSameResults } from './same-results.ts'

type Emit = (b: GraphBuilder, t: string) => string

const weights = (b: GraphBuilder, ...dims: readonly number[]) =>
  b.floats(
    noise(
      dims.reduce((n, d) => n * d, 1),
      dims.length,
    ),
    dims,
  )

/** A model of one input [N, 4, 6]. */
function modelOf(emit: Emit): Model {
  const b = new GraphBuilder()
  b.output('y', emit(b, b.input('x', 'float32', ['N', 4, 6])), 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 18 }, graph: b.build('net'), metadata: {} }
}

const turn = (b: GraphBuilder, t: string, ...perm: readonly number[]) => b.op('Transpose', [t], { perm })
const shaped = (b: GraphBuilder, t: string, ...dims: readonly number[]) => b.op('Reshape', [t, b.ints(dims)])

/** Something done to [4, N, 6]. */
const sequenceFirst =
  (emit: Emit): Emit =>
  (b, x) =>
    turn(b, emit(b, turn(b, x, 1, 0, 2)), 1, 0, 2)

/** Something done to [N * 2, 2, 6], as to the windows of an image. */
const windows =
  (emit: Emit): Emit =>
  (b, x) =>
    shaped(b, emit(b, shaped(b, x, -1, 2, 6)), -1, 4, 6)

/** Something done to [4 * N, 6]. */
const sequenceRows =
  (emit: Emit): Emit =>
  (b, x) => {
    const rows = emit(b, shaped(b, turn(b, x, 1, 0, 2), -1, 6))
    return turn(b, shaped(b, rows, 4, -1, 6), 1, 0, 2)
  }

const softmax: Emit = (b, t) => b.op('Softmax', [t], { axis: -1 })

const layerNormalization: Emit = (b, t) =>
  b.op('LayerNormalization', [t, weights(b, 6), weights(b, 6)], { axis: -1 })

const gemm: Emit = (b, t) => b.op('Gemm', [t, weights(b, 6, 6), weights(b, 6)], { transB: 1 })

/** Products of every row with every row, and a mean of rows by them; `front` axes stand before the rows. */
const attention =
  (front: number): Emit =>
  (b, t) => {
    const perm = [...Array(front).keys(), front + 1, front]
    const scores = b.op('Softmax', [b.op('MatMul', [t, turn(b, t, ...perm)])], { axis: -1 })
    return b.op('MatMul', [scores, t])
  }

/** The heads of an attention over [4, N, 6] as PyTorch's bmm has them: [N * 3, 4, 2]. */
const heads: Emit = sequenceFirst((b, t) => {
  const apart = turn(b, shaped(b, t, 4, -1, 2), 1, 0, 2)
  return shaped(b, turn(b, attention(1)(b, apart), 1, 0, 2), 4, -1, 6)
})

/** The samples counted from the moved tensor, as exporters write the target of a reshape. */
const counted: Emit = sequenceFirst((b, t) => {
  const size = b.op('Gather', [b.op('Shape', [t]), b.ints([1])])
  const rows = b.op('Mul', [size, b.ints([4])])
  const flat = b.op('Reshape', [t, b.op('Concat', [rows, b.ints([6])], { axis: 0 })])
  return b.op('Reshape', [gemm(b, flat), b.op('Concat', [b.ints([4]), size, b.ints([6])], { axis: 0 })])
})

const cases: Readonly<Record<string, Emit>> = {
  'functions of one number': sequenceFirst((b, t) => b.op('Tanh', [t])),
  'constants of the last axis': sequenceFirst((b, t) => b.op('Mul', [t, weights(b, 6)])),
  'constants of the first axis': sequenceFirst((b, t) => b.op('Add', [t, weights(b, 4, 1, 6)])),
  'constants of windows': windows((b, t) => b.op('Add', [weights(b, 1, 2, 6), t])),
  'operands with fewer axes': sequenceFirst((b, t) => {
    const mean = b.op('ReduceMean', [t, b.ints([0])], { keepdims: 0 })
    return b.op('Sub', [t, mean])
  }),
  'a softmax': sequenceFirst(softmax),
  'a softmax over the first axis': sequenceFirst((b, t) => b.op('Softmax', [t], { axis: 0 })),
  'a softmax of windows': windows((b, t) => b.op('LogSoftmax', [t], { axis: 1 })),
  'a layer normalization': sequenceFirst(layerNormalization),
  'a layer normalization of windows': windows(layerNormalization),
  'a matrix': sequenceFirst((b, t) => b.op('MatMul', [t, weights(b, 6, 6)])),
  'a matrix from the left': windows((b, t) => b.op('MatMul', [weights(b, 2, 2), t])),
  'rows of a sequence through Gemm': sequenceRows(gemm),
  'rows of samples through Gemm': (b, x) => shaped(b, gemm(b, shaped(b, x, -1, 6)), -1, 4, 6),
  'Gemm without a bias': sequenceRows((b, t) => b.op('Gemm', [t, weights(b, 6, 6)])),
  'an attention in windows': windows(attention(1)),
  'an attention of heads': heads,
  'sizes counted from a moved tensor': counted,
  'kept sums': sequenceFirst((b, t) => b.op('Add', [t, b.op('ReduceSum', [t, b.ints([0, 2])])])),
  'sums of windows': windows((b, t) => b.op('Mul', [t, b.op('ReduceMax', [t, b.ints([-2])])])),
  'slices turned round': sequenceFirst((b, t) =>
    b.op('Slice', [t, b.ints([-1, 0]), b.ints([-9, 2 ** 31]), b.ints([0, 1]), b.ints([-1, 1])]),
  ),
  'parts exchanged': windows((b, t) => {
    const [first, second] = b.ops('Split', [t], 2, { axis: -1, num_outputs: 2 })
    return b.op('Concat', [second!, first!], { axis: 2 })
  }),
  padding: sequenceFirst((b, t) => {
    const padded = b.op('Pad', [t, b.ints([1, 0, 2, 0, 0, 1])])
    return b.op('Slice', [padded, b.ints([1, 2]), b.ints([5, 8]), b.ints([0, 2])])
  }),
  'padding of windows': windows((b, t) => {
    const padded = b.op('Pad', [t, b.ints([2, 1]), b.scalar(3), b.ints([1])])
    return b.op('Slice', [padded, b.ints([1]), b.ints([3]), b.ints([1])])
  }),
  'running sums': sequenceFirst((b, t) => b.op('CumSum', [t, b.int(0)])),
  'running sums of windows': windows((b, t) => b.op('CumSum', [t, b.int(-2)])),
  'one position picked': (b, x) => softmax(b, b.op('Gather', [turn(b, x, 1, 0, 2), b.int(-1)], { axis: 0 })),
  'positions picked': sequenceFirst((b, t) => b.op('Gather', [t, b.ints([3, 3, 0])], { axis: 0 })),
  'queries, keys and values cut from one tensor': (b, x) => {
    const stacked = turn(b, shaped(b, x, 0, 4, 3, 2), 2, 1, 0, 3)
    const [q, k, v] = [0, 1, 2].map((i) => b.op('Gather', [stacked, b.int(i)], { axis: 0 }))
    const joined = b.op('Mul', [b.op('Add', [q!, k!]), v!])
    return turn(b, joined, 1, 0, 2)
  },
  'a constant repeated for every sample': sequenceFirst((b, t) => {
    const samples = b.op('Shape', [t], { start: 1, end: 2 })
    const shape = b.op('Concat', [b.ints([1]), samples, b.ints([6])], { axis: 0 })
    return b.op('Concat', [b.op('Expand', [weights(b, 1, 1, 6), shape]), t], { axis: 0 })
  }),
  'a row repeated for every position': sequenceFirst((b, t) => {
    const mean = b.op('ReduceMean', [t, b.ints([0])], { keepdims: 1 })
    return b.op('Mul', [b.op('Expand', [mean, b.ints([4, 1, 1])]), t])
  }),
  'rows tiled for every sample': sequenceFirst((b, t) => {
    const samples = b.op('Shape', [t], { start: 1, end: 2 })
    const repeats = b.op('Concat', [b.ints([2]), samples, b.ints([1])], { axis: 0 })
    return b.op('Concat', [t, b.op('Tile', [weights(b, 1, 1, 6), repeats])], { axis: 0 })
  }),
  'tiled windows': windows((b, t) => {
    const tiled = b.op('Tile', [t, b.ints([1, 2, 1])])
    return b.op('ReduceMax', [b.op('Reshape', [tiled, b.ints([-1, 2, 2, 6])]), b.ints([1])], { keepdims: 0 })
  }),
  'zeros for every head': windows((b, t) => {
    const rows = b.op('Shape', [t], { start: 0, end: 1 })
    const shape = b.op('Concat', [rows, b.ints([1, 6])], { axis: 0 })
    const zeros = b.op('Expand', [b.scalar(0), shape])
    return b.op('Slice', [b.op('Concat', [t, zeros], { axis: 1 }), b.ints([0]), b.ints([2]), b.ints([1])])
  }),
  'a batch norm of rows': sequenceRows((b, t) => {
    const [scale, shift, mean] = [weights(b, 6), weights(b, 6), weights(b, 6)]
    return b.op('BatchNormalization', [t, scale, shift, mean, b.op('Abs', [weights(b, 6)])])
  }),
  'zeros for every sample': sequenceFirst((b, t) => {
    const samples = b.op('Shape', [t], { start: 1, end: 2 })
    const shape = b.op('Concat', [b.ints([2]), samples, b.ints([6])], { axis: 0 })
    return b.op('Concat', [t, b.op('ConstantOfShape', [shape])], { axis: 0 })
  }),
}

/** Tensors with their samples elsewhere than on the first axis. */
function elsewhere(model: Model): readonly string[] {
  const { types } = inferTypes(model)
  const isElsewhere = (dims: readonly unknown[]) =>
    dims.some(
      (size, axis) => typeof size === 'object' && (axis > 0 || (size as { batch: number }).batch !== 1),
    )
  return [...types].filter(([, { shape }]) => isElsewhere(shape)).map(([name]) => name)
}

const moved = (model: Model): Model => moveBatchFirst(model, inferTypes(model))

describe('moveBatchFirst', () => {
  it.each(Object.entries(cases))('computes the same of %s', async (_name, emit) => {
    const model = modelOf(emit)
    expect(elsewhere(model).length).toBeGreaterThan(0)
    const result = moved(model)
    expect(elsewhere(result)).toEqual([])
    await expectSameResults(model, result, 1e-6)
  })

  it('keeps the names and metadata of nodes', () => {
    const model = modelOf(heads)
    const names = moved(model).graph.nodes.map(({ name }) => name)
    expect(model.graph.nodes.every(({ name }) => names.includes(name))).toBe(true)
  })

  it('calls the product of a Gemm as the Gemm was called', () => {
    const { nodes } = moved(modelOf(sequenceRows(gemm))).graph
    const product = nodes.find(({ op }) => op === 'MatMul')!
    const sum = nodes.find(({ op }) => op === 'Add')!
    expect([product.name, sum.outputs[0]]).toEqual(['Gemm_out', 'Gemm_out'])
  })

  it.each<[string, Emit]>([
    [
      'a model without such tensors',
      (b, x) => gemm(b, b.op('ReduceMean', [x, b.ints([1])], { keepdims: 0 })),
    ],
    ['a chain of moves, which is one layer', windows((b, t) => turn(b, t, 0, 2, 1))],
    ['a softmax over samples', sequenceFirst((b, t) => b.op('Softmax', [t], { axis: 1 }))],
    [
      'a region with an operator that has no rule',
      sequenceFirst((b, t) => b.op('LpNormalization', [softmax(b, t)])),
    ],
    [
      'a sum over windows and samples',
      (b, x) => b.op('Add', [x, b.op('ReduceSum', [shaped(b, x, -1, 6), b.ints([0])])]),
    ],
    [
      'samples that end in the middle of an axis',
      (b, x) => b.op('Tanh', [shaped(b, turn(b, x, 1, 0, 2), 8, -1)]),
    ],
  ])('leaves %s alone', (_name, emit) => {
    const model = modelOf(emit)
    expect(moved(model)).toBe(model)
  })

  it('leaves a graph output where it is', () => {
    const model = modelOf((b, x) => softmax(b, turn(b, x, 1, 0, 2)))
    expect(moved(model)).toBe(model)
  })
})
