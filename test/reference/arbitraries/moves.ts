import { constants } from '@crp-serve/onnx'
import fc from 'fast-check'
import { type Blueprint, layers } from './layer.ts'
import { imageShape } from './structure.ts'

const size = (min: number, max: number) => fc.integer({ min, max })
const planes = fc.tuple(size(1, 2), size(1, 3), size(2, 5), size(2, 5))

/** Pad in every mode on the last two axes; with a constant also with negative pads. */
export const padLayer = layers(
  fc
    .tuple(
      planes,
      fc.constantFrom('constant', 'edge', 'wrap', 'reflect'),
      fc.array(size(-1, 1), { minLength: 4, maxLength: 4 }),
      fc.boolean(),
    )
    .map(([shape, mode, given, listed]): Blueprint => {
      const pads = given.map((pad) => (mode === 'constant' ? pad : Math.abs(pad)))
      const [top, left, bottom, right] = pads as [number, number, number, number]
      return {
        kind: 'shape',
        shape,
        opset: 19,
        emit: ({ b, x }) => {
          const value = mode === 'constant' ? b.scalar(0.5) : ''
          const all = b.ints([0, 0, top, left, 0, 0, bottom, right])
          const inputs = listed ? [x, b.ints(pads), value, b.ints([2, -1])] : [x, all, value]
          return b.op('Pad', inputs, { mode })
        },
      }
    }),
)

/** Tile behind the batch axis. */
export const tileLayer = layers(
  fc.tuple(imageShape, fc.array(size(1, 3), { minLength: 3, maxLength: 3 })).map(
    ([shape, repeats]): Blueprint => ({
      kind: 'shape',
      shape,
      emit: ({ b, x }) => b.op('Tile', [x, b.ints([1, ...repeats.slice(0, shape.length - 1)])]),
    }),
  ),
)

/** CumSum along an axis behind the batch, from either end. */
export const cumSumLayer = layers(
  fc.tuple(imageShape, size(1, 3), size(0, 1), size(0, 1)).map(
    ([shape, axis, reverse, exclusive]): Blueprint => ({
      kind: 'shape',
      shape,
      emit: ({ b, x }) =>
        b.op('CumSum', [x, b.int(Math.min(axis, shape.length - 1))], { reverse, exclusive }),
    }),
  ),
)

/** DepthToSpace in both orders, and SpaceToDepth. */
export const blockLayer = layers(
  fc
    .tuple(size(1, 2), size(1, 2), size(1, 2), size(1, 3), fc.constantFrom('DCR', 'CRD', 'SpaceToDepth'))
    .map(([batch, channels, height, width, form]): Blueprint => {
      const inward = form === 'SpaceToDepth'
      return {
        kind: 'shape',
        shape: inward ? [batch, channels, 2 * height, 2 * width] : [batch, 4 * channels, height, width],
        emit: ({ b, x }) =>
          inward
            ? b.op(form, [x], { blocksize: 2 })
            : b.op('DepthToSpace', [x], { blocksize: 2, mode: form }),
      }
    }),
)

const float = (values: readonly number[]) => constants.float32(values)

const modes = [
  { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  { mode: 'nearest', coordinate_transformation_mode: 'half_pixel', nearest_mode: 'round_prefer_floor' },
  { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
  { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' },
  { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
  { mode: 'cubic', coordinate_transformation_mode: 'half_pixel' },
] as const

/** Resize in the modes that PyTorch exports, to sizes or by scales that are exact in float32. */
export const resizeLayer = layers(
  fc
    .tuple(
      planes,
      fc.constantFrom(...modes),
      fc.constantFrom(1, 1.5, 2, 3),
      fc.constantFrom(1, 0.5, 2),
      fc.boolean(),
    )
    .map(([shape, mode, down, across, bySize]): Blueprint => {
      const [, , height, width] = shape
      return {
        kind: 'shape',
        shape,
        opset: 18,
        emit: ({ b, x }) => {
          if (!bySize)
            return b.op('Resize', [x, '', b.initializer('scales', float([1, 1, down, across]))], mode)
          const sizes = b.ints([Math.floor(height * down), Math.floor(width * across)])
          return b.op('Resize', [x, '', '', sizes], { ...mode, axes: [2, 3] })
        },
      }
    }),
)
