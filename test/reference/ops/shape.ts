import {
  axisOf,
  broadcastShape,
  broadcastTo,
  gathered,
  offsets,
  permuted,
  reshaped,
  scattered,
  sizeOf,
  stridesOf,
  sumTo,
  type Tensor,
} from '../tensor.ts'
import { attribute, axesOf, type Call, inputOf, type Operation } from './operation.ts'

/** An operator that only changes the shape: its transpose gives the old shape back. */
const shapeChange = (shapeOf: (call: Call, shape: readonly number[]) => readonly number[]): Operation => ({
  forward: (call) => reshaped(inputOf(call, 0), shapeOf(call, inputOf(call, 0).shape)),
  backward: (call, upper) => [reshaped(upper, inputOf(call, 0).shape), null],
})

/** Flatten to a matrix. */
export const flatten = shapeChange((call, shape) => {
  const axis = axisOf(attribute(call.node, 'axis', 'int') ?? 1, shape.length)
  return [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))]
})

/** Reshape: 0 keeps an axis (unless allowzero), -1 takes what is left. */
export const reshape = shapeChange((call, shape) => {
  const keepZero = attribute(call.node, 'allowzero', 'int') === 1
  const target = [...inputOf(call, 1).data].map((n, i) => (n === 0 && !keepZero ? shape[i]! : n))
  const known = target.reduce((product, n) => (n === -1 ? product : product * n), 1)
  return target.map((n) => (n === -1 ? sizeOf(shape) / known : n))
})

/** Squeeze: drops the given axes, or all axes of size one. */
export const squeeze = shapeChange((call, shape) => {
  const axes = axesOf(call)?.map((axis) => axisOf(axis, shape.length))
  return shape.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1))
})

/** Unsqueeze: inserts axes of size one; they are counted in the result. */
export const unsqueeze = shapeChange((call, shape) => {
  const given = axesOf(call) ?? []
  const axes = given.map((axis) => axisOf(axis, shape.length + given.length))
  const rest = [...shape]
  return Array.from({ length: shape.length + given.length }, (_, axis) =>
    axes.includes(axis) ? 1 : rest.shift()!,
  )
})

const permOf = (call: Call): readonly number[] =>
  attribute(call.node, 'perm', 'ints') ?? [...inputOf(call, 0).shape.keys()].reverse()

/** Transpose; the transpose of a permutation is its inverse. */
export const transpose: Operation = {
  forward: (call) => permuted(inputOf(call, 0), permOf(call)),
  backward(call, upper) {
    const perm = permOf(call)
    return [
      permuted(
        upper,
        [...perm.keys()].map((axis) => perm.indexOf(axis)),
      ),
    ]
  },
}

/** Expand. */
export const expand: Operation = {
  forward(call) {
    const x = inputOf(call, 0)
    return broadcastTo(x, broadcastShape(x.shape, [...inputOf(call, 1).data]))
  },
  backward: (call, upper) => [sumTo(upper, inputOf(call, 0).shape), null],
}

/** The part of a shape that one input of a Concat fills: its offsets in the result. */
function partOffsets(
  shape: readonly number[],
  part: readonly number[],
  axis: number,
  from: number,
): Int32Array {
  const strides = stridesOf(shape)
  return offsets(part, strides, from * strides[axis]!)
}

/** Calls back for every input of a Concat with its offsets in the result. */
function concatParts(call: Call): { shape: number[]; parts: { input: Tensor; at: Int32Array }[] } {
  const inputs = call.inputs.map((_, i) => inputOf(call, i))
  const axis = axisOf(attribute(call.node, 'axis', 'int') ?? 1, inputs[0]!.shape.length)
  const shape = [...inputs[0]!.shape]
  shape[axis] = inputs.reduce((sum, input) => sum + input.shape[axis]!, 0)
  let from = 0
  const parts = inputs.map((input) => {
    const at = partOffsets(shape, input.shape, axis, from)
    from += input.shape[axis]!
    return { input, at }
  })
  return { shape, parts }
}

/** Concat along an axis. */
export const concat: Operation = {
  forward(call) {
    const { shape, parts } = concatParts(call)
    const data = new Float64Array(sizeOf(shape))
    for (const { input, at } of parts) {
      at.forEach((offset, i) => {
        data[offset] = input.data[i]!
      })
    }
    return { shape, data, kind: parts[0]!.input.kind }
  },
  backward: (call, upper) => concatParts(call).parts.map(({ input, at }) => gathered(upper, input.shape, at)),
}

/** Shape and offsets of a Slice's result in its input (ONNX operators, Slice: ends are clamped). */
function sliced(call: Call): { shape: number[]; at: Int32Array } {
  const { shape: full } = inputOf(call, 0)
  const list = (i: number): number[] | undefined => (call.inputs[i] ? [...call.inputs[i].data] : undefined)
  const [starts, ends] = [list(1)!, list(2)!]
  const axes = (list(3) ?? starts.map((_, i) => i)).map((axis) => axisOf(axis, full.length))
  const steps = list(4) ?? starts.map(() => 1)
  const [shape, strides] = [[...full], stridesOf(full)]
  let start = 0
  axes.forEach((axis, i) => {
    const [from, count] = sliceRange(full[axis]!, starts[i]!, ends[i]!, steps[i]!)
    start += from * stridesOf(full)[axis]!
    shape[axis] = count
    strides[axis] = stridesOf(full)[axis]! * steps[i]!
  })
  return { shape, at: offsets(shape, strides, start) }
}

/** First index and number of elements that a slice of one axis takes. */
function sliceRange(size: number, start: number, end: number, step: number): [number, number] {
  const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)
  const from = axisOf(start, size)
  const to = end < 0 ? end + size : end
  const [first, last] =
    step > 0
      ? [clamp(from, 0, size), clamp(to, 0, size)]
      : [clamp(from, 0, size - 1), clamp(to, -1, size - 1)]
  return [first, Math.max(0, Math.ceil((last - first) / step))]
}

/** Slice with starts, ends, axes and steps as inputs. */
export const slice: Operation = {
  forward(call) {
    const { shape, at } = sliced(call)
    return gathered(inputOf(call, 0), shape, at)
  },
  backward(call, upper) {
    return [scattered(upper, inputOf(call, 0).shape, sliced(call).at), null, null, null, null]
  },
}

/** Shape and offsets of a Gather's result in its data. */
function picked(call: Call): { shape: number[]; at: Int32Array } {
  const [data, indices] = [inputOf(call, 0), inputOf(call, 1)]
  const axis = axisOf(attribute(call.node, 'axis', 'int') ?? 0, data.shape.length)
  const [before, after] = [data.shape.slice(0, axis), data.shape.slice(axis + 1)]
  const [size, inner] = [data.shape[axis]!, sizeOf(after)]
  const at: number[] = []
  for (let outer = 0; outer < sizeOf(before); outer++) {
    for (const index of indices.data) {
      for (let i = 0; i < inner; i++) at.push((outer * size + axisOf(index, size)) * inner + i)
    }
  }
  return { shape: [...before, ...indices.shape, ...after], at: Int32Array.from(at) }
}

/** Gather along an axis. */
export const gather: Operation = {
  forward(call) {
    const { shape, at } = picked(call)
    return gathered(inputOf(call, 0), shape, at)
  },
  backward: (call, upper) => [scattered(upper, inputOf(call, 0).shape, picked(call).at), null],
}
