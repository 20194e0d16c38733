import {
  axisOf,
  broadcastShape,
  broadcastTo,
  map,
  plus,
  sizeOf,
  sumTo,
  type Tensor,
  times,
  zerosLike,
  zip,
} from '../tensor.ts'
import { attribute, type Call, inputOf, type Operation } from './operation.ts'

/** An element-wise function with its derivative, written in the input x and the value y. */
const pointwise = (f: (x: number) => number, derivative: (x: number, y: number) => number): Operation => ({
  forward: (call) => map(inputOf(call, 0), f),
  backward: (call, upper, output) => [times(upper, zip(inputOf(call, 0), output, derivative))],
})

/** Relu, with derivative 0 at 0. */
export const relu = pointwise(
  (x) => Math.max(x, 0),
  (x) => (x > 0 ? 1 : 0),
)

/** Sigmoid. */
export const sigmoid = pointwise(
  (x) => 1 / (1 + Math.exp(-x)),
  (_, y) => y * (1 - y),
)

/** The bounds of a Clip: inputs, or attributes before opset 11. */
const clipBounds = (call: Call): [number, number] => [
  call.inputs[1]?.data[0] ?? attribute(call.node, 'min', 'float') ?? Number.NEGATIVE_INFINITY,
  call.inputs[2]?.data[0] ?? attribute(call.node, 'max', 'float') ?? Number.POSITIVE_INFINITY,
]

/** Clip (Relu6), with derivative 0 at both bounds. */
export const clip: Operation = {
  forward(call) {
    const [low, high] = clipBounds(call)
    return map(inputOf(call, 0), (x) => Math.min(Math.max(x, low), high))
  },
  backward(call, upper) {
    const [low, high] = clipBounds(call)
    return [zip(upper, inputOf(call, 0), (r, x) => (x > low && x < high ? r : 0)), null, null]
  },
}

/** Identity, and Dropout in inference: relevance passes unchanged. */
export const identity: Operation = {
  forward: (call) => inputOf(call, 0),
  backward: (_, upper) => [upper, null, null],
}

/** Add of two tensors that broadcast. Its gradient goes to both sides. */
export const add: Operation = {
  forward(call) {
    const [a, b] = [inputOf(call, 0), inputOf(call, 1)]
    const shape = broadcastShape(a.shape, b.shape)
    return plus(broadcastTo(a, shape), broadcastTo(b, shape))
  },
  backward: (call, upper) => [sumTo(upper, inputOf(call, 0).shape), sumTo(upper, inputOf(call, 1).shape)],
}

/** Scale and shift per channel that a BatchNormalization in inference computes: y = scale * x + shift. */
export function batchNormScale(call: Call): { scale: Float64Array; shift: Float64Array } {
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => inputOf(call, i).data) as Float64Array[]
  const epsilon = attribute(call.node, 'epsilon', 'float') ?? 1e-5
  const scale = gamma!.map((g, c) => g / Math.sqrt(variance![c]! + epsilon))
  return { scale, shift: beta!.map((b, c) => b - mean![c]! * scale[c]!) }
}

const channelOf = (x: Tensor, i: number): number => Math.floor(i / sizeOf(x.shape.slice(2))) % x.shape[1]!

/** BatchNormalization in inference. */
export const batchNormalization: Operation = {
  forward(call) {
    const x = inputOf(call, 0)
    const { scale, shift } = batchNormScale(call)
    const data = x.data.map((value, i) => value * scale[channelOf(x, i)]! + shift[channelOf(x, i)]!)
    return { ...x, data }
  },
  backward(call, upper) {
    const { scale } = batchNormScale(call)
    const data = upper.data.map((value, i) => value * scale[channelOf(upper, i)]!)
    return [{ ...upper, data }, null, null, null, null]
  },
}

/** Calls back with the element offsets of every vector that a Softmax normalizes. */
function forEachVector(call: Call, x: Tensor, visit: (offsets: readonly number[]) => void): void {
  const old = call.opset < 13
  const axis = axisOf(attribute(call.node, 'axis', 'int') ?? (old ? 1 : -1), x.shape.length)
  // Before opset 13 all axes from `axis` on are one vector.
  const inner = old ? 1 : sizeOf(x.shape.slice(axis + 1))
  const length = old ? sizeOf(x.shape.slice(axis)) : x.shape[axis]!
  for (let start = 0; start < x.data.length; start += length * inner) {
    for (let i = 0; i < inner; i++) visit(Array.from({ length }, (_, k) => start + i + k * inner))
  }
}

/** Softmax; its Jacobian is diag(y) - y y^T. */
export const softmax: Operation = {
  forward(call) {
    const x = inputOf(call, 0)
    const out = zerosLike(x)
    forEachVector(call, x, (at) => {
      const top = Math.max(...at.map((i) => x.data[i]!))
      const total = at.reduce((sum, i) => sum + Math.exp(x.data[i]! - top), 0)
      for (const i of at) out.data[i] = Math.exp(x.data[i]! - top) / total
    })
    return out
  },
  backward(call, upper, output) {
    const out = zerosLike(output)
    forEachVector(call, output, (at) => {
      const mean = at.reduce((sum, i) => sum + upper.data[i]! * output.data[i]!, 0)
      for (const i of at) out.data[i] = output.data[i]! * (upper.data[i]! - mean)
    })
    return [out]
  },
}

/** LogSoftmax; its Jacobian is 1 - 1 p^T with the softmax p. */
export const logSoftmax: Operation = {
  forward: (call) => map(softmax.forward(call), Math.log),
  backward(call, upper) {
    const p = softmax.forward(call)
    const out = zerosLike(p)
    forEachVector(call, p, (at) => {
      const total = at.reduce((sum, i) => sum + upper.data[i]!, 0)
      for (const i of at) out.data[i] = upper.data[i]! - p.data[i]! * total
    })
    return [out]
  },
}
