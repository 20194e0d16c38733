import { axisOf, broadcastTo, map, reshaped, sizeOf, sumTo, type Tensor } from '../tensor.ts'
import { attribute, axesOf, type Call, inputOf, type Operation } from './operation.ts'

/** The input's shape with the reduced axes at size one; equal to it when nothing is reduced. */
function keptShape(call: Call): number[] {
  const { shape } = inputOf(call, 0)
  const given = axesOf(call) ?? []
  const nothing = given.length === 0 && attribute(call.node, 'noop_with_empty_axes', 'int') === 1
  const axes = given.length === 0 ? shape.map((_, axis) => axis) : given.map((a) => axisOf(a, shape.length))
  return shape.map((size, axis) => (axes.includes(axis) && !nothing ? 1 : size))
}

/** The shape of the result: size-one axes that were reduced are dropped unless keepdims says otherwise. */
function resultShape(call: Call, kept: readonly number[]): number[] {
  if ((attribute(call.node, 'keepdims', 'int') ?? 1) !== 0) return [...kept]
  const axes = axesOf(call)?.map((a) => axisOf(a, kept.length)) ?? []
  return kept.filter((_, axis) => axes.length > 0 && !axes.includes(axis))
}

/** A reduction that sums, divided by the number of summands where it is a mean. */
const reduction = (divisor: (count: number) => number): Operation => {
  const factor = (x: Tensor, kept: readonly number[]): number => 1 / divisor(sizeOf(x.shape) / sizeOf(kept))
  return {
    forward(call) {
      const [x, kept] = [inputOf(call, 0), keptShape(call)]
      const sum = sumTo(x, kept)
      return reshaped(
        map(sum, (value) => value * factor(x, kept)),
        resultShape(call, kept),
      )
    },
    backward(call, upper) {
      const [x, kept] = [inputOf(call, 0), keptShape(call)]
      const spread = broadcastTo(reshaped(upper, kept), x.shape)
      return [map(spread, (value) => value * factor(x, kept)), null]
    },
  }
}

/** ReduceMean. */
export const reduceMean = reduction((count) => count)

/** ReduceSum. */
export const reduceSum = reduction(() => 1)
