import fc from 'fast-check'
import { type Blueprint, layers } from './layer.ts'
import { paddingMode, spatialAxes, windowAttributes } from './linear.ts'

const poolOptions = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  channels: fc.integer({ min: 1, max: 3 }),
  ceil: fc.boolean(),
  includePad: fc.boolean(),
})

/** MaxPool in one to three dimensions: overlapping, padded, dilated, ceil mode. */
export const maxPoolLayer = layers(
  fc.tuple(poolOptions, spatialAxes(3), paddingMode).map(
    ([{ batch, channels, ceil }, axes, mode]): Blueprint => ({
      kind: 'max_pool',
      shape: [batch, channels, ...axes.map((axis) => axis.size)],
      emit: ({ b, x }) =>
        b.op('MaxPool', [x], {
          ...windowAttributes(axes, mode),
          ...(mode === 'NOTSET' && ceil ? { ceil_mode: 1 } : {}),
        }),
    }),
  ),
)

/** AveragePool in one to three dimensions: overlapping, padded, counting the padding or not, ceil mode. */
export const averagePoolLayer = layers(
  fc.tuple(poolOptions, spatialAxes(3), paddingMode).map(([options, axes, mode]): Blueprint => {
    const plain = axes.map((axis) => ({ ...axis, dilation: 1 }))
    const { dilations: _, ...window } = windowAttributes(plain, mode)
    return {
      kind: 'average_pool',
      shape: [options.batch, options.channels, ...axes.map((axis) => axis.size)],
      emit: ({ b, x }) =>
        b.op('AveragePool', [x], {
          ...window,
          count_include_pad: options.includePad ? 1 : 0,
          ...(mode === 'NOTSET' && options.ceil ? { ceil_mode: 1 } : {}),
        }),
    }
  }),
)

/** GlobalAveragePool, and ReduceMean over the spatial axes with them kept or dropped. */
export const globalPoolLayer = layers(
  fc
    .tuple(poolOptions, spatialAxes(3), fc.constantFrom('GlobalAveragePool', 'ReduceMean'))
    .map(([{ batch, channels, ceil }, axes, op]): Blueprint => {
      const spatial = axes.map((_, i) => i - axes.length)
      return {
        kind: 'average_pool',
        shape: [batch, channels, ...axes.map((axis) => axis.size)],
        emit: ({ b, x }) =>
          op === 'ReduceMean' ? b.op(op, [x], { axes: spatial, keepdims: ceil ? 1 : 0 }) : b.op(op, [x]),
      }
    }),
)
