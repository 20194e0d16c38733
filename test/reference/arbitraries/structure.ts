import fc from 'fast-check'
import { type Blueprint, type Emitter, layers } from './layer.ts'

/** [batch, channels, ...one or two spatial axes], all of them small. */
export const imageShape = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 2 }),
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 2 }),
  )
  .map(([lead, spatial]) => [...lead, ...spatial])

/** A convolution with a kernel of size one and random weights. */
export const pointwise = ({ b, weight }: Emitter, x: string, shape: readonly number[]): string =>
  b.op('Conv', [x, weight([shape[1]!, shape[1]!, ...shape.slice(2).map(() => 1)])])

/** Ways to sum: a residual, the same tensor twice, a broadcast summand, and the stack that exporters write. */
const sums: Readonly<Record<string, (e: Emitter, shape: readonly number[]) => string>> = {
  residual: (e, shape) => e.b.op('Add', [e.x, pointwise(e, e.x, shape)]),
  branches: (e, shape) => e.b.op('Add', [pointwise(e, e.x, shape), pointwise(e, e.x, shape)]),
  twice: ({ b, x }) => b.op('Add', [x, x]),
  broadcast: ({ b, x }) => b.op('Add', [x, b.op('GlobalAveragePool', [x])]),
  stacked: (e, shape) => {
    const summands = [e.x, pointwise(e, e.x, shape), pointwise(e, e.x, shape)]
    const axis = e.b.ints([0])
    const stack = summands.map((summand) => e.b.op('Unsqueeze', [summand, axis]))
    return e.b.op('ReduceSum', [e.b.op('Concat', stack, { axis: 0 }), axis], { keepdims: 0 })
  },
}

/** Additions of tensors that all depend on the input. */
export const sumLayer = layers(
  fc
    .tuple(imageShape, fc.constantFrom(...Object.values(sums)))
    .map(([shape, emitSum]): Blueprint => ({ kind: 'sum', shape, emit: (e) => emitSum(e, shape) })),
)

/** BatchNormalization by itself, or behind a convolution that it can be merged into. */
export const batchNormLayer = layers(
  fc.tuple(imageShape, fc.boolean()).map(
    ([shape, afterConv]): Blueprint => ({
      kind: 'batch_norm',
      shape,
      emit: (e) => {
        const c = [shape[1]!]
        const variance = e.fixed(
          e.values(shape[1]!).map((value) => value * value + 0.5),
          c,
        )
        const x = afterConv ? pointwise(e, e.x, shape) : e.x
        return e.b.op('BatchNormalization', [x, e.weight(c), e.weight(c), e.weight(c), variance])
      },
    }),
  ),
)

/** Relu, Sigmoid, Identity, Dropout, and Softmax along a random axis. */
export const activationLayer = layers(
  fc.tuple(imageShape, fc.constantFrom('Relu', 'Sigmoid', 'Identity', 'Dropout', 'Softmax'), fc.nat(2)).map(
    ([shape, op, axis]): Blueprint => ({
      kind: 'activation',
      shape,
      emit: ({ b, x }) => b.op(op, [x], op === 'Softmax' ? { axis: 1 + (axis % (shape.length - 1)) } : {}),
    }),
  ),
)

type ShapeOp = (e: Emitter, shape: readonly number[], n: number) => string

/** Operators that move values; `n` varies their axes. Axis 0, the batch, stays in front. */
const shapeOps: Readonly<Record<string, ShapeOp>> = {
  Flatten: ({ b, x }, shape, n) => b.op('Flatten', [x], { axis: 1 + (n % (shape.length - 1)) }),
  Reshape: ({ b, x }, shape, n) =>
    b.op('Reshape', [
      x,
      b.ints(n % 2 === 0 ? [0, -1] : [0, shape.at(-1)!, shape[1]!, ...shape.slice(2, -1)]),
    ]),
  Transpose: ({ b, x }, shape, n) => {
    const rest = shape.slice(1).map((_, i) => 1 + ((i + n) % (shape.length - 1)))
    return b.op('Transpose', [x], { perm: [0, ...rest] })
  },
  Unsqueeze: ({ b, x }, shape, n) => b.op('Unsqueeze', [x, b.ints([1 + (n % shape.length)])]),
  Squeeze: ({ b, x }, shape, n) => {
    const axis = b.ints([1 + (n % shape.length)])
    return b.op('Squeeze', [b.op('Relu', [b.op('Unsqueeze', [x, axis])]), axis])
  },
  Concat: ({ b, x }, shape, n) =>
    b.op('Concat', [x, b.op('Relu', [x]), x], { axis: 1 + (n % (shape.length - 1)) }),
  Slice: ({ b, x }, shape, n) => {
    const axis = 1 + (n % (shape.length - 1))
    const [start, end, step] = n % 2 === 0 ? [0, shape[axis]!, 2] : [-1, -100, -1]
    return b.op('Slice', [x, b.ints([start!]), b.ints([end!]), b.ints([axis]), b.ints([step!])])
  },
  Gather: ({ b, x }, shape, n) => {
    const axis = 1 + (n % (shape.length - 1))
    return b.op('Gather', [x, b.ints([shape[axis]! - 1, 0, -1])], { axis })
  },
  Expand: ({ b, x }, shape, n) => {
    const wider = b.op('Unsqueeze', [x, b.ints([1])])
    return b.op('Expand', [wider, b.ints([1, 1 + n, ...shape.slice(1).map(() => 1)])])
  },
}

/** One operator that only moves values, without any rule. */
export const shapeLayer = layers(
  fc
    .tuple(imageShape, fc.constantFrom(...Object.values(shapeOps)), fc.nat(4))
    .map(([shape, emitOp, n]): Blueprint => ({ kind: 'shape', shape, emit: (e) => emitOp(e, shape, n) })),
)
