import { dataTypeLabel, dataTypeOf } from '../../codec/wire-types.ts'
import { int, ints, tensor } from '../../graph/attributes.ts'
import { elementCount, toNumbers } from '../../graph/constants.ts'
import type { DataType, Dim, TensorType } from '../../graph/types.ts'
import { broadcastShapes } from '../broadcast.ts'
import { type Inferred, type NodeContext, type ShapeFunction, withElements } from '../context.ts'
import {
  countOf,
  divide,
  type Element,
  formatShape,
  isFixed,
  multiple,
  quotient,
  sameDim,
  subtract,
} from '../dims.ts'
import { broadcastTo, maxKnown, rearrange } from '../elements.ts'

const vector = (elements: readonly Element[]): Inferred => ({
  dataType: 'int64',
  shape: [elements.length],
  elements,
})

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)

/** Shape of a tensor, or the part from `start` to `end` of it (operator set 15 and up). */
const shape: ShapeFunction = (c) => {
  const dims = c.shape(0)
  const position = (p: number): number => clamp(p < 0 ? p + dims.length : p, 0, dims.length)
  return [vector(dims.slice(position(int(c.node, 'start', 0)), position(int(c.node, 'end', dims.length))))]
}

const size: ShapeFunction = (c) => {
  const { times, power } = countOf(c.shape(0))
  const element = power === 0 ? times : power === 1 ? multiple(times) : null
  return [{ dataType: 'int64', shape: [], elements: [element] }]
}

/** The axes of a target shape that stand for themselves: everything but -1, with 0 taken from the input. */
function targetDims(c: NodeContext, target: readonly Dim[]): readonly Dim[] {
  const input = c.shape(0)
  if (int(c.node, 'allowzero', 0) === 1) return target
  return target.map((d, i) =>
    d === 0 ? (input[i] ?? c.fail(`target axis ${i} is 0, the input has no such axis`)) : d,
  )
}

const reshape: ShapeFunction = (c) => {
  const input = c.shape(0)
  const target = targetDims(c, c.dims(1, 'the target shape'))
  const rest = target.filter((d) => d !== -1)
  const total = countOf(input)
  const missing = quotient(total, countOf(rest))
  const describe = `${formatShape(input)} does not reshape to ${formatShape(target)}`
  const whole = rest.length === target.length
  if (target.length - rest.length > 1) c.fail(`${describe}: more than one -1`)
  if (whole ? missing !== 1 && !(total.times === 0 && countOf(rest).times === 0) : missing === null) {
    const fixedBatch = whole && total.power > countOf(rest).power
    if (fixedBatch)
      c.cannot(`${describe}: it works for one batch size only; export it with a dynamic batch axis`)
    c.fail(describe)
  }
  const dims = target.map((d) => (d === -1 ? missing! : d))
  return [withElements({ dataType: c.dataType(0), shape: dims }, c.known(0)?.elements)]
}

/** The product of axes as one axis. */
function folded(c: NodeContext, dims: readonly Dim[]): Dim {
  const { times, power } = countOf(dims)
  if (power > 1) c.cannot(`the axes ${formatShape(dims)} multiply to a power of the batch size`)
  return power === 0 ? times : multiple(times)
}

const flatten: ShapeFunction = (c) => {
  const dims = c.shape(0)
  const given = int(c.node, 'axis', 1)
  const axis = given < 0 ? given + dims.length : given
  if (axis < 0 || axis > dims.length) c.fail(`axis ${given} is out of range for ${dims.length} axes`)
  const type = {
    dataType: c.dataType(0),
    shape: [folded(c, dims.slice(0, axis)), folded(c, dims.slice(axis))],
  }
  return [withElements(type, c.known(0)?.elements)]
}

const transpose: ShapeFunction = (c) => {
  const { dataType, shape: dims } = c.input(0)
  const order = ints(c.node, 'perm') ?? dims.map((_, i) => dims.length - 1 - i)
  const valid = order.length === dims.length && dims.every((_, i) => order.includes(i))
  if (!valid) c.fail(`perm ${order.join(',')} does not order ${dims.length} axes`)
  const type = { dataType, shape: order.map((axis) => dims[axis]!) }
  const known = c.known(0)
  const from = (position: readonly number[]): number[] =>
    dims.map((_, axis) => position[order.indexOf(axis)]!)
  return [withElements(type, known && rearrange(known, type.shape as number[], from))]
}

/** The axes of Squeeze and Unsqueeze: an attribute before operator set 13, an input from there on. */
const listedAxes = (c: NodeContext): readonly number[] | undefined =>
  c.has(1) ? c.numbers(1, 'the axes') : ints(c.node, 'axes')

const squeeze: ShapeFunction = (c) => {
  const { dataType, shape: dims } = c.input(0)
  const axes = listedAxes(c)?.map((a) => c.axis(a, dims.length))
  if (axes === undefined && !dims.every(isFixed))
    c.cannot('without listed axes a batch of one loses its batch axis')
  const gone = axes ?? dims.flatMap((d, i) => (d === 1 ? [i] : []))
  if (gone.some((axis) => dims[axis] !== 1))
    c.fail(`axes ${gone.join(',')} of ${formatShape(dims)} are not all 1`)
  return [withElements({ dataType, shape: dims.filter((_, i) => !gone.includes(i)) }, c.known(0)?.elements)]
}

const unsqueeze: ShapeFunction = (c) => {
  const { dataType, shape: dims } = c.input(0)
  const given = listedAxes(c) ?? c.fail('it has no axes')
  const rank = dims.length + given.length
  const axes = new Set(given.map((a) => c.axis(a, rank)))
  if (axes.size !== given.length) c.fail(`the axes ${given.join(',')} repeat`)
  const rest = dims.values()
  const out = Array.from({ length: rank }, (_, i) => (axes.has(i) ? 1 : rest.next().value!))
  return [withElements({ dataType, shape: out }, c.known(0)?.elements)]
}

const expand: ShapeFunction = (c) => {
  const type = {
    dataType: c.dataType(0),
    shape: broadcastShapes(c, [c.shape(0), c.dims(1, 'the target shape')]),
  }
  const known = c.known(0)
  const follow = known && type.shape.every(isFixed)
  return [withElements(type, follow ? broadcastTo(known, type.shape as number[]) : undefined)]
}

const tile: ShapeFunction = (c) => {
  const { dataType, shape: dims } = c.input(0)
  const repeats = c.dims(1, 'the repeats')
  if (repeats.length !== dims.length) c.fail(`${repeats.length} repeats for ${dims.length} axes`)
  const type = { dataType, shape: dims.map((d, i) => folded(c, [d, repeats[i]!])) }
  const known = c.known(0)
  const from = (position: readonly number[]): number[] => position.map((p, i) => p % known!.shape[i]!)
  const follow = known && type.shape.every(isFixed)
  return [withElements(type, follow ? rearrange(known, type.shape as number[], from) : undefined)]
}

/** A known element in each place of a shape, where there are not too many. */
const filled = (type: TensorType, element: Element): Inferred => {
  const few = type.shape.every(isFixed) && elementCount(type.shape) <= maxKnown
  return few
    ? { ...type, elements: Array.from({ length: elementCount(type.shape as number[]) }, () => element) }
    : type
}

const constantOfShape: ShapeFunction = (c) => {
  const value = tensor(c.node, 'value')
  const dims = c.dims(0, 'the shape')
  if (dims.some((d) => isFixed(d) && d < 0)) c.fail(`the shape ${formatShape(dims)} has negative axes`)
  const type = { dataType: value?.dataType ?? ('float32' as const), shape: dims }
  const plain = value === undefined || !['float16', 'bfloat16', 'uint64', 'string'].includes(value.dataType)
  return [plain ? filled(type, value ? (toNumbers(value)[0] ?? null) : 0) : type]
}

/** Range with whole numbers. From 0 in steps of 1 its length may be a multiple of the batch size. */
const range: ShapeFunction = (c) => {
  const dataType = c.dataType(0)
  const [start, limit, step] = [0, 1, 2].map(
    (i) => c.dims(i, 'the range')[0] ?? c.fail('the range is empty'),
  ) as [Dim, Dim, Dim]
  if (isFixed(start) && isFixed(limit) && isFixed(step)) {
    const length = Math.max(0, Math.ceil((limit - start) / step))
    if (!Number.isSafeInteger(length)) c.fail(`a range from ${start} to ${limit} in steps of ${step}`)
    const elements = length > maxKnown ? undefined : Array.from({ length }, (_, i) => start + i * step)
    return [withElements({ dataType, shape: [length] }, elements)]
  }
  const span = subtract(limit, start)
  const length = span === null ? null : divide(span, step)
  if (length === null || !sameDim(length, quotient(countOf([span!]), countOf([step])) ?? 0)) {
    return c.cannot('the length of the range does not follow from the batch size')
  }
  return [{ dataType, shape: [length] }]
}

const integers: ReadonlySet<DataType> = new Set([
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
])

function cast(c: NodeContext, to: DataType): readonly Inferred[] {
  const convert = (e: Element): Element => {
    if (e === null || !isFixed(e)) return integers.has(to) ? e : null
    if (to === 'bool') return e === 0 ? 0 : 1
    return integers.has(to) ? Math.trunc(e) : to === 'float32' ? Math.fround(e) : to === 'float64' ? e : null
  }
  return [withElements({ dataType: to, shape: c.shape(0) }, c.known(0)?.elements.map(convert))]
}

const castTo: ShapeFunction = (c) => {
  const to = int(c.node, 'to', 0)
  return cast(c, dataTypeOf(to) ?? c.cannot(`it casts to ${dataTypeLabel(to)}`))
}

/** Operators about shapes. Integer tensors that are known are followed through them. */
export const shapes: Readonly<Record<string, ShapeFunction>> = {
  Cast: castTo,
  CastLike: (c) => cast(c, c.dataType(1)),
  ConstantOfShape: constantOfShape,
  Expand: expand,
  Flatten: flatten,
  Range: range,
  Reshape: reshape,
  Shape: shape,
  Size: size,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
}
