import { floatAttribute, type GraphBuilder, type PlainAttribute } from '@crp-serve/onnx'
import fc from 'fast-check'
import { type Blueprint, layers } from './layer.ts'

const small = (max: number, min = 1): fc.Arbitrary<number> => fc.integer({ min, max })

/** One spatial axis of a convolution or pool: the input is at least as long as the kernel. */
export interface SpatialAxis {
  readonly size: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  /** Paddings below the kernel size. */
  readonly begin: number
  readonly end: number
}

/** Random spatial axes. Strides stay below the kernel where auto_pad SAME is asked for. */
export const spatialAxes = (maxRank: number): fc.Arbitrary<SpatialAxis[]> =>
  fc.integer({ min: 1, max: maxRank }).chain((rank) => {
    const axis = fc
      .record({ kernel: small(3), stride: small(3), dilation: small(2), more: small(5, 0), ends: fc.nat(8) })
      .map(({ kernel, stride, dilation, more, ends }) => ({
        size: (kernel - 1) * dilation + 1 + (rank === 3 ? Math.min(more, 2) : more),
        kernel,
        stride,
        dilation,
        begin: ends % kernel,
        end: Math.floor(ends / 3) % kernel,
      }))
    return fc.array(axis, { minLength: rank, maxLength: rank })
  })

/** How a window is padded: by numbers or by an auto_pad mode. */
export const paddingMode = fc.constantFrom('NOTSET', 'NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER')

/** Attributes of a window. SAME needs a stride within the kernel, and modes leave no pads. */
export function windowAttributes(axes: readonly SpatialAxis[], mode: string): Record<string, PlainAttribute> {
  const same = mode.startsWith('SAME')
  return {
    kernel_shape: axes.map((axis) => axis.kernel),
    strides: axes.map((axis) => (same ? Math.min(axis.stride, axis.kernel) : axis.stride)),
    dilations: axes.map((axis) => (same ? 1 : axis.dilation)),
    ...(mode === 'NOTSET'
      ? { pads: [...axes.map((axis) => axis.begin), ...axes.map((axis) => axis.end)] }
      : { auto_pad: mode }),
  }
}

const channels = fc.record({
  batch: small(3),
  groups: small(3),
  inPerGroup: small(3),
  outPerGroup: small(3),
  bias: fc.boolean(),
})

/** Conv in one to three dimensions: strides, pads, auto_pad, dilations, groups, with and without bias. */
export const convLayer = layers(
  fc.tuple(channels, spatialAxes(3), paddingMode).map(
    ([c, axes, mode]): Blueprint => ({
      kind: 'linear',
      shape: [c.batch, c.groups * c.inPerGroup, ...axes.map((axis) => axis.size)],
      emit: ({ b, x, weight }) => {
        const out = c.groups * c.outPerGroup
        const w = weight([out, c.inPerGroup, ...axes.map((axis) => axis.kernel)])
        const inputs = c.bias ? [x, w, weight([out])] : [x, w]
        return b.op('Conv', inputs, { ...windowAttributes(axes, mode), group: c.groups })
      },
    }),
  ),
)

/** One axis of a ConvTranspose: pads that leave an output, an output padding below the stride. */
const transposedAxes = spatialAxes(3).map((axes) =>
  axes.map((axis) => {
    const size = Math.min(axis.size, 4)
    const grown = (size - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1
    const begin = Math.min(axis.begin, grown - 1)
    const end = Math.min(axis.end, grown - 1 - begin)
    return { ...axis, size, begin, end, extra: Math.min(axis.stride - 1, axis.begin) }
  }),
)

/** ConvTranspose in one to three dimensions: strides, pads, auto_pad, output_padding, dilations, groups. */
export const convTransposeLayer = layers(
  fc.tuple(channels, transposedAxes, paddingMode).map(
    ([c, axes, mode]): Blueprint => ({
      kind: 'linear',
      shape: [c.batch, c.groups * c.inPerGroup, ...axes.map((axis) => axis.size)],
      emit: ({ b, x, weight }) => {
        const w = weight([c.groups * c.inPerGroup, c.outPerGroup, ...axes.map((axis) => axis.kernel)])
        const inputs = c.bias ? [x, w, weight([c.groups * c.outPerGroup])] : [x, w]
        const extra = mode === 'NOTSET' ? { output_padding: axes.map((axis) => axis.extra) } : {}
        return b.op('ConvTranspose', inputs, { ...windowAttributes(axes, mode), ...extra, group: c.groups })
      },
    }),
  ),
)

const gemmOptions = fc.record({
  batch: small(4),
  inner: small(6),
  out: small(6),
  transB: fc.boolean(),
  alpha: fc.constantFrom(1, 1, 0.5, 2),
  beta: fc.constantFrom(1, 1, 0.5, -1),
  bias: fc.constantFrom('none', 'row', 'matrix', 'scalar'),
})

const gemmBlueprint = (transA: boolean): fc.Arbitrary<Blueprint> =>
  gemmOptions.map(({ batch, inner, out, transB, alpha, beta, bias }) => ({
    kind: 'linear',
    shape: transA ? [inner, batch] : [batch, inner],
    emit: ({ b, x, weight }) => {
      const w = weight(transB ? [out, inner] : [inner, out])
      const dims = { none: null, row: [out], matrix: [1, out], scalar: [] }[bias]
      const inputs = dims ? [x, w, weight(dims)] : [x, w]
      const factors = { alpha: floatAttribute(alpha), beta: floatAttribute(beta) }
      return b.op('Gemm', inputs, { ...factors, transA: transA ? 1 : 0, transB: transB ? 1 : 0 })
    },
  }))

/** Gemm on [batch, features]: alpha, beta, transB and every shape of C that does not know the batch. */
export const gemmLayer = layers(gemmBlueprint(false))

/** Gemm with transA, whose rows stand in axis 1. Apart from the others because axis 0 is not the batch. */
export const transposedGemmLayer = layers(gemmBlueprint(true))

const matMulOptions = fc.record({
  batch: small(3),
  stack: fc.array(small(3), { minLength: 0, maxLength: 2 }),
  inner: small(5),
  out: small(5),
  bias: fc.boolean(),
  side: fc.constantFrom('right', 'right', 'stacked', 'left'),
})

/** MatMul of tokens [batch, tokens, K] with a matrix of one column or of one row, long enough for the order of sums to show. */
export const vectorLayer = layers(
  fc
    .record({
      batch: small(3),
      tokens: small(7),
      length: fc.integer({ min: 24, max: 80 }),
      isRow: fc.boolean(),
    })
    .map(({ batch, tokens, length, isRow }): Blueprint => {
      const [inner, out] = isRow ? [1, length] : [length, 1]
      return {
        kind: 'linear',
        shape: [batch, tokens, inner],
        emit: ({ b, x, weight }) => b.op('MatMul', [x, weight([inner, out])]),
      }
    }),
)

/** Products long and wide enough for several threads: of two activations, with a constant from the left, with one column. */
export const wideProductLayer = layers(
  fc
    .record({
      batch: small(3, 2),
      rows: small(6, 5),
      length: fc.integer({ min: 200, max: 250 }),
      columns: fc.integer({ min: 72, max: 128 }),
      side: fc.constantFrom('both', 'left', 'column'),
    })
    .map(({ batch, rows, length, columns, side }): Blueprint => {
      if (side === 'left')
        return {
          kind: 'linear',
          shape: [batch, length, columns],
          emit: ({ b, x, weight }) => b.op('MatMul', [weight([rows, length]), x]),
        }
      const turned = (b: GraphBuilder, x: string) => b.op('Transpose', [x], { perm: [0, 2, 1] })
      const shape = side === 'both' ? [batch, rows, length] : [batch, 6 * columns, length]
      return {
        kind: 'function',
        shape,
        opset: 18,
        emit({ b, x, weight }) {
          if (side === 'both')
            return b.op('MatMul', [x, b.op('MatMul', [turned(b, x), weight([rows, columns])])])
          const first = b.op('Slice', [x, b.ints([0]), b.ints([1]), b.ints([1])])
          return b.op('MatMul', [x, turned(b, first)])
        },
      }
    }),
)

/** MatMul of [batch, ..., K] with constant weights: right, a stack of matrices, or on the left; some with a bias. */
export const matMulLayer = layers(
  matMulOptions.map(({ batch, stack, inner, out, bias, side }): Blueprint => {
    const left = side === 'left'
    const rows = side === 'right' ? stack : [2, ...stack]
    return {
      kind: 'linear',
      shape: left ? [batch, inner, out] : [batch, ...rows, inner],
      emit: ({ b, x, weight }) => {
        if (left) return b.op('MatMul', [weight([rows[0]!, inner]), x])
        // A stack of matrices for the axis before the rows, where there is one.
        const lead = side === 'stacked' ? rows.slice(0, -1).slice(-1) : []
        const z = b.op('MatMul', [x, weight([...lead, inner, out])])
        return bias ? b.op('Add', [z, weight([out])]) : z
      },
    }
  }),
)
