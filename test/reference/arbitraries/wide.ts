import type { GraphBuilder } from '@crp-serve/onnx'
import fc from 'fast-check'
import { type Blueprint, layers } from './layer.ts'
import { paddingMode, type SpatialAxis, windowAttributes } from './linear.ts'

/** Layers whose sums are long enough to be cut in pieces, by rules of ONNX Runtime that go by sizes and threads. */

const between = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })

/** Positions on an axis, for each number of axes: so many that threads share them out. */
const lengths = [between(70, 130), between(9, 13), between(5, 7)]

const wideAxes = (rank: number): fc.Arbitrary<SpatialAxis[]> => {
  const axis = fc.record({
    size: lengths[rank - 1]!,
    kernel: rank === 1 ? between(5, 9) : fc.constant(3),
    stride: fc.constantFrom(1, 1, 2),
    dilation: fc.constantFrom(1, 1, 2),
    begin: between(0, 2),
    end: between(0, 2),
  })
  return fc.array(axis, { minLength: rank, maxLength: rank })
}

const wideConvOptions = between(1, 3).chain((rank) =>
  fc.record({
    axes: wideAxes(rank),
    mode: paddingMode,
    inputs: rank === 3 ? between(5, 11) : between(15, 40),
    outputs: rank === 3 ? between(5, 40) : between(15, 70),
    bias: fc.boolean(),
  }),
)

/** Conv of one group in one to three dimensions with sums of more than 128 terms, on few positions and odd numbers of channels. */
export const wideConvLayer = layers(
  wideConvOptions.map(
    ({ axes, mode, inputs, outputs, bias }): Blueprint => ({
      kind: 'linear',
      shape: [3, inputs, ...axes.map((axis) => axis.size)],
      emit: ({ b, x, weight }) => {
        const w = weight([outputs, inputs, ...axes.map((axis) => axis.kernel)])
        return b.op('Conv', bias ? [x, w, weight([outputs])] : [x, w], windowAttributes(axes, mode))
      },
    }),
  ),
)

const turned = (b: GraphBuilder, x: string): string => b.op('Transpose', [x], { perm: [0, 2, 1] })

/** MatMul of tokens [batch, rows, K], by one matrix or with themselves, few rows with sums of up to 4000 terms among them. */
export const tokenLayer = layers(
  fc
    .oneof(
      fc.record({ rows: between(2, 24), inner: between(1500, 4000), columns: between(1, 24) }),
      fc.record({ rows: between(2, 200), inner: between(130, 400), columns: between(1, 300) }),
    )
    .chain((sizes) => fc.record({ sizes: fc.constant(sizes), isShared: fc.boolean() }))
    .map(
      ({ sizes: { rows, inner, columns }, isShared }): Blueprint => ({
        kind: isShared ? 'linear' : 'function',
        shape: [3, rows, inner],
        emit: ({ b, x, weight }) => b.op('MatMul', [x, isShared ? weight([inner, columns]) : turned(b, x)]),
      }),
    ),
)
