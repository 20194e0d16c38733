import fc from 'fast-check'
import { type Blueprint, type Emitter, layers } from './layer.ts'
import { imageShape, pointwise } from './structure.ts'

type Emit = (e: Emitter, shape: readonly number[]) => string

const drawn = (kind: Blueprint['kind'], table: Readonly<Record<string, Emit>>) =>
  layers(
    fc
      .tuple(imageShape, fc.constantFrom(...Object.values(table)))
      .map(([shape, emit]): Blueprint => ({ kind, shape, opset: 18, emit: (e) => emit(e, shape) })),
  )

const channels = (shape: readonly number[]): number[] => [shape[1]!, ...shape.slice(2).map(() => 1)]

/** A tensor of the data's shape whose values are at least one half. */
const awayFromZero = (e: Emitter, shape: readonly number[]): string =>
  e.b.op('Add', [e.b.op('Abs', [pointwise(e, e.x, shape)]), e.b.scalar(0.5)])

/** Arithmetic with a constant on either side, with itself, and of two activations of equal or unlike shape. */
export const binaryLayer = drawn('function', {
  scaled: ({ b, x, weight }, shape) => b.op('Mul', [x, weight(channels(shape))]),
  scaledBefore: ({ b, x, weight }, shape) => b.op('Mul', [weight([1, ...channels(shape)]), x]),
  product: (e, shape) => e.b.op('Mul', [e.x, pointwise(e, e.x, shape)]),
  squared: ({ b, x }) => b.op('Mul', [x, x]),
  shifted: ({ b, x, weight }, shape) => b.op('Add', [weight(channels(shape)), x]),
  less: ({ b, x, weight }, shape) => b.op('Sub', [x, weight(channels(shape))]),
  lessFrom: ({ b, x }) => b.op('Sub', [b.scalar(1), x]),
  halved: ({ b, x }) => b.op('Div', [x, b.scalar(1.75)]),
  quotient: (e, shape) => e.b.op('Div', [e.x, awayFromZero(e, shape)]),
  inverse: (e, shape) => e.b.op('Div', [e.b.scalar(2), awayFromZero(e, shape)]),
  ownShare: (e, shape) => e.b.op('Div', [e.x, e.b.op('GlobalAveragePool', [awayFromZero(e, shape)])]),
})

/** A signal times a gate: squeeze-and-excitation, and gates of the signal's shape. */
export const gateLayer = drawn('function', {
  excitation: (e, shape) => {
    const squeezed = pointwise(e, e.b.op('GlobalAveragePool', [e.x]), shape)
    return e.b.op('Mul', [e.x, e.b.op('HardSigmoid', [squeezed])])
  },
  gate: (e, shape) => e.b.op('Mul', [e.b.op('Sigmoid', [pointwise(e, e.x, shape)]), e.b.op('Tanh', [e.x])]),
  positions: (e, shape) => {
    const one = e.weight([1, shape[1]!, ...shape.slice(2).map(() => 1)])
    return e.b.op('Mul', [e.b.op('Sigmoid', [e.b.op('Conv', [e.x, one])]), e.x])
  },
})

/** A difference of activations, and sums of several. */
export const differenceLayer = drawn('sum', {
  difference: (e, shape) => e.b.op('Sub', [e.x, pointwise(e, e.x, shape)]),
  centred: ({ b, x }) => b.op('Sub', [x, b.op('GlobalAveragePool', [x])]),
  nothing: ({ b, x }) => b.op('Sub', [x, x]),
  three: (e, shape) => e.b.op('Sum', [e.x, pointwise(e, e.x, shape), e.b.op('Relu', [e.x])]),
})

/** Element-wise extrema of activations and constants. */
export const extremumLayer = drawn('function', {
  max: (e, shape) => e.b.op('Max', [e.x, pointwise(e, e.x, shape)]),
  min: (e, shape) => e.b.op('Min', [pointwise(e, e.x, shape), e.x]),
  floor: ({ b, x, weight }, shape) => b.op('Max', [x, weight(channels(shape))]),
  three: (e, shape) => e.b.op('Max', [e.x, pointwise(e, e.x, shape), e.b.op('GlobalMaxPool', [e.x])]),
  same: ({ b, x }) => b.op('Min', [x, x]),
})

/** Where with conditions that the input decides. */
export const selectLayer = drawn('function', {
  bend: ({ b, x }) => b.op('Where', [b.op('Greater', [x, b.scalar(0.1)]), b.op('Mul', [x, x]), x]),
  constant: ({ b, x }) => b.op('Where', [b.op('Less', [x, b.scalar(0.1)]), b.scalar(-1), x]),
  between: (e, shape) =>
    e.b.op('Where', [
      e.b.op('Greater', [e.b.op('GlobalAveragePool', [e.x]), e.b.scalar(0.01)]),
      e.x,
      pointwise(e, e.x, shape),
    ]),
})

/** Matrix products of two activations: scores and weighted values of an attention. */
export const attentionLayer = layers(
  fc
    .tuple(
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
    )
    .map(
      ([batch, tokens, width, weighted]): Blueprint => ({
        kind: 'function',
        shape: [batch, tokens, width],
        opset: 18,
        emit: ({ b, x, weight }) => {
          const [queries, keys] = [weight([width, width]), weight([width, width])].map((w) =>
            b.op('MatMul', [x, w]),
          )
          const turned = b.op('Transpose', [keys!], { perm: [0, 2, 1] })
          const scores = b.op('MatMul', [queries!, turned])
          return weighted ? b.op('MatMul', [b.op('Softmax', [scores], { axis: -1 }), x]) : scores
        },
      }),
    ),
)
