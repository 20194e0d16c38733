import { axisOf, permuted, reshaped, sizeOf, stridesOf, type Tensor } from '../tensor.ts'
import { attribute, type Call, inputOf, type Operation } from './operation.ts'

/** Where every output element comes from: an offset in the input, or -1 for a constant. */
interface Origins {
  readonly shape: readonly number[]
  readonly at: Int32Array
}

/** Sums along an axis from one end, with or without the position itself. */
function cumulated(call: Call, x: Tensor, isReversed: boolean): Tensor {
  const axis = axisOf(inputOf(call, 1).data[0]!, x.shape.length)
  const exclusive = attribute(call.node, 'exclusive', 'int') === 1
  const [size, stride] = [x.shape[axis]!, stridesOf(x.shape)[axis]!]
  const data = x.data.map((_, i) => {
    const position = Math.floor(i / stride) % size
    let sum = 0
    for (let p = 0; p < size; p++) {
      const counts = p === position ? !exclusive : isReversed ? p > position : p < position
      if (counts) sum += x.data[i + (p - position) * stride]!
    }
    return sum
  })
  return { ...x, data }
}

const isReversed = ({ node }: Call): boolean => attribute(node, 'reverse', 'int') === 1

/** CumSum: what a position adds to is on its other side. */
export const cumSum: Operation = {
  forward: (call) => cumulated(call, inputOf(call, 0), isReversed(call)),
  backward: (call, upper) => [cumulated(call, upper, !isReversed(call)), null],
}

/** An operator whose outputs are inputs in other places, or a constant. */
const moving = (
  originsOf: (call: Call) => Origins,
  constantOf: (call: Call) => number = () => 0,
): Operation => ({
  forward(call) {
    const [x, { shape, at }] = [inputOf(call, 0), originsOf(call)]
    const data = Float64Array.from(at, (from) => (from < 0 ? constantOf(call) : x.data[from]!))
    return { shape, data, kind: x.kind }
  },
  backward(call, upper) {
    const [x, { at }] = [inputOf(call, 0), originsOf(call)]
    const data = new Float64Array(sizeOf(x.shape))
    at.forEach((from, i) => {
      if (from >= 0) data[from]! += upper.data[i]!
    })
    return [{ ...x, data }, ...call.inputs.slice(1).map(() => null)]
  },
})

/** Origins of an operator that works on every axis by itself; an axis maps positions to positions or to -1. */
function byAxis(
  x: Tensor,
  shape: readonly number[],
  from: (axis: number, position: number) => number,
): Origins {
  const strides = stridesOf(shape)
  const sources = stridesOf(x.shape)
  const at = Int32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const positions = shape.map((size, axis) => from(axis, Math.floor(i / strides[axis]!) % size))
    return positions.includes(-1) ? -1 : positions.reduce((sum, p, axis) => sum + p * sources[axis]!, 0)
  })
  return { shape, at }
}

/** Position in an axis of n elements that a position outside of it takes its value from. */
const outside: Readonly<Record<string, (i: number, n: number) => number>> = {
  constant: (i, n) => (i < 0 || i >= n ? -1 : i),
  edge: (i, n) => Math.max(0, Math.min(n - 1, i)),
  wrap: (i, n) => ((i % n) + n) % n,
  reflect: (i, n) => (i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i),
}

/** Pad in every mode; reflections stay within one period. */
export const pad: Operation = moving(
  (call) => {
    const x = inputOf(call, 0)
    const rank = x.shape.length
    const axes = call.inputs[3]
      ? [...call.inputs[3].data].map((a) => axisOf(a, rank))
      : x.shape.map((_, i) => i)
    const given = [...inputOf(call, 1).data]
    const around = (axis: number, side: 0 | 1): number => given[axes.indexOf(axis) + side * axes.length] ?? 0
    const begin = x.shape.map((_, axis) => (axes.includes(axis) ? around(axis, 0) : 0))
    const shape = x.shape.map((n, axis) => n + begin[axis]! + (axes.includes(axis) ? around(axis, 1) : 0))
    const mode = outside[attribute(call.node, 'mode', 'string') ?? 'constant']!
    return byAxis(x, shape, (axis, position) => mode(position - begin[axis]!, x.shape[axis]!))
  },
  (call) => call.inputs[2]?.data[0] ?? 0,
)

/** Tile. */
export const tile: Operation = moving((call) => {
  const x = inputOf(call, 0)
  const repeats = inputOf(call, 1).data
  return byAxis(
    x,
    x.shape.map((n, axis) => n * repeats[axis]!),
    (axis, position) => position % x.shape[axis]!,
  )
})

/** Axes of [batch, channels, height, width] cut into blocks, as DepthToSpace reads them in its two orders. */
const blockAxes = (x: Tensor, block: number, mode: string): { cut: number[]; order: number[] } => {
  const [n, c, h, w] = x.shape as [number, number, number, number]
  const depth = c / (block * block)
  return mode === 'CRD'
    ? { cut: [n, depth, block, block, h, w], order: [0, 1, 4, 2, 5, 3] }
    : { cut: [n, block, block, depth, h, w], order: [0, 3, 4, 1, 5, 2] }
}

const indices = (shape: readonly number[]): Tensor => ({
  shape,
  data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => i),
  kind: 'int',
})

/** DepthToSpace: channels become blocks of positions. */
export const depthToSpace: Operation = moving((call) => {
  const x = inputOf(call, 0)
  const block = attribute(call.node, 'blocksize', 'int')!
  const { cut, order } = blockAxes(x, block, attribute(call.node, 'mode', 'string') ?? 'DCR')
  const [n, c, h, w] = x.shape as [number, number, number, number]
  const at = Int32Array.from(permuted(reshaped(indices(x.shape), cut), order).data)
  return { shape: [n, c / (block * block), h * block, w * block], at }
})

/** SpaceToDepth: blocks of positions become channels, the position in the block counting slowest. */
export const spaceToDepth: Operation = moving((call) => {
  const x = inputOf(call, 0)
  const b = attribute(call.node, 'blocksize', 'int')!
  const [n, c, h, w] = x.shape as [number, number, number, number]
  const cut = reshaped(indices(x.shape), [n, c, h / b, b, w / b, b])
  return { shape: [n, c * b * b, h / b, w / b], at: Int32Array.from(permuted(cut, [0, 3, 5, 1, 2, 4]).data) }
})
