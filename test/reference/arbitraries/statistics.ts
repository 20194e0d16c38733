import { floatAttribute } from '@crp-serve/onnx'
import fc from 'fast-check'
import { type Blueprint, type Emitter, layers } from './layer.ts'
import { spatialAxes, windowAttributes } from './linear.ts'
import { imageShape } from './structure.ts'

/** The data stretched, and moved so that multiples of 1/4 stay away from zero, where norms have a bend. */
const offZero = ({ b, x }: Emitter): string => b.op('Add', [b.op('Mul', [x, b.scalar(4)]), b.scalar(0.375)])

const reductions = [
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSumExp',
  'ReduceMax',
  'ReduceMean',
  'ReduceMin',
  'ReduceSum',
  'ReduceSumSquare',
]

/** Reductions over one axis or all axes but the batch, kept or dropped, and the global pools. */
export const reductionLayer = layers(
  fc
    .tuple(
      imageShape,
      fc.constantFrom(...reductions, 'GlobalMaxPool', 'GlobalLpPool'),
      fc.nat(3),
      fc.boolean(),
    )
    .map(([shape, op, n, keep]): Blueprint => {
      const all = shape.slice(1).map((_, i) => i + 1)
      const axes = n < all.length ? [all[n]!] : [...all].reverse()
      return {
        kind: 'function',
        shape,
        opset: 18,
        emit: (e) => {
          const attributes = { keepdims: keep ? 1 : 0 }
          return op.startsWith('Global')
            ? e.b.op(op, [offZero(e)])
            : e.b.op(op, [offZero(e), e.b.ints(axes)], attributes)
        },
      }
    }),
)

/** LpPool with overlapping and padded windows, p from 1 to 3. */
export const lpPoolLayer = layers(
  fc
    .tuple(
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 1, max: 2 }),
      spatialAxes(2),
      fc.integer({ min: 1, max: 3 }),
    )
    .map(([batch, channels, axes, p]): Blueprint => {
      const plain = axes.map((axis) => ({ ...axis, dilation: 1 }))
      const { dilations: _, ...window } = windowAttributes(plain, 'NOTSET')
      return {
        kind: 'function',
        shape: [batch, channels, ...axes.map((axis) => axis.size)],
        opset: 18,
        emit: (e) => e.b.op('LpPool', [offZero(e)], { ...window, p }),
      }
    }),
)

type Emit = (e: Emitter, shape: readonly number[]) => string

const perChannel = ({ weight }: Emitter, shape: readonly number[]): string[] => [
  weight([shape[1]!]),
  weight([shape[1]!]),
]

/** A large epsilon keeps groups of almost equal numbers from being magnified. */
const epsilon = floatAttribute(0.125)

/** The data with two spatial axes, which ONNX Runtime's LRN needs. */
const asImage = ({ b, x }: Emitter, shape: readonly number[]): string =>
  shape.length === 4 ? x : b.op('Unsqueeze', [x, b.ints([3])])

const normalizations: Readonly<Record<string, Emit>> = {
  instance: (e, shape) => e.b.op('InstanceNormalization', [e.x, ...perChannel(e, shape)], { epsilon }),
  layer: ({ b, x, weight }, shape) => {
    const last = [shape.at(-1)!]
    return b.op('LayerNormalization', [x, weight(last), weight(last)], { epsilon })
  },
  sample: ({ b, x, weight }, shape) =>
    b.op('LayerNormalization', [x, weight(shape.slice(1))], { axis: 1, epsilon }),
  group: (e, shape) =>
    e.b.op('GroupNormalization', [e.x, ...perChannel(e, shape)], { num_groups: 1, epsilon }),
  response: (e, shape) =>
    e.b.op('LRN', [asImage(e, shape)], { size: 3, alpha: floatAttribute(0.5), bias: floatAttribute(2) }),
  wideResponse: (e, shape) =>
    e.b.op('LRN', [asImage(e, shape)], { size: 5, alpha: floatAttribute(0.5), beta: floatAttribute(1.5) }),
  logits: ({ b, x }) => b.op('LogSoftmax', [x], { axis: 1 }),
}

/** Normalizations by statistics of the data. */
export const normalizationLayer = layers(
  fc.tuple(imageShape, fc.constantFrom(...Object.values(normalizations))).map(
    ([shape, emit]): Blueprint => ({
      kind: 'normalization',
      shape,
      opset: 21,
      emit: (e) => emit(e, shape),
    }),
  ),
)
