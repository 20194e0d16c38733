import { int, ints } from '../../graph/attributes.ts'
import type { Dim } from '../../graph/types.ts'
import { type Inferred, type NodeContext, type ShapeFunction, withElements } from '../context.ts'
import { add, compare, type Element, formatShape, isFixed, sameDim, sameShape } from '../dims.ts'
import { rearrange } from '../elements.ts'

/** One axis of a Slice: where it starts, by what step, and how long it is. */
interface Cut {
  readonly start: number
  readonly step: number
  readonly length: Dim
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)

function fixedCut(c: NodeContext, size: number, from: number, to: number, step: number): Cut {
  if (step === 0) c.fail('a step of 0')
  const place = (p: number): number => (p < 0 ? p + size : p)
  const start = step > 0 ? clamp(place(from), 0, size) : clamp(place(from), 0, size - 1)
  const end = step > 0 ? clamp(place(to), 0, size) : clamp(place(to), -1, size - 1)
  return { start, step, length: Math.max(0, Math.ceil((end - start) / step)) }
}

/** A slice of an axis that depends on the batch has to keep all of it, or a fixed number from its front. */
function batchCut(c: NodeContext, size: Dim, from: Dim, to: Dim, step: Dim): Cut {
  const whole = isFixed(to) ? to >= 2 ** 31 - 1 : compare(to, size) !== -1
  if (from === 0 && step === 1 && whole) return { start: 0, step: 1, length: size }
  return c.cannot(`it cuts an axis of the size ${formatShape([size])}, which depends on the batch`)
}

function cut(c: NodeContext, size: Dim, from: Dim, to: Dim, step: Dim): Cut {
  if (!isFixed(size)) return batchCut(c, size, from, to, step)
  return fixedCut(c, size, c.fixed(from, 'the start'), c.fixed(to, 'the end'), c.fixed(step, 'the step'))
}

const slice: ShapeFunction = (c) => {
  const { dataType, shape } = c.input(0)
  const starts = c.dims(1, 'the start')
  const ends = c.dims(2, 'the end')
  const axes = c.has(3) ? c.numbers(3, 'the axes') : starts.map((_, i) => i)
  const steps = c.has(4) ? c.dims(4, 'the step') : starts.map(() => 1)
  const cuts = new Map<number, Cut>()
  for (const [i, given] of axes.entries()) {
    const axis = c.axis(given, shape.length)
    cuts.set(axis, cut(c, shape[axis]!, starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1))
  }
  const out = shape.map((d, axis) => cuts.get(axis)?.length ?? d)
  const from = (position: readonly number[]): number[] =>
    position.map((p, axis) => (cuts.get(axis)?.start ?? 0) + p * (cuts.get(axis)?.step ?? 1))
  const known = c.known(0)
  return [withElements({ dataType, shape: out }, known && rearrange(known, out as number[], from))]
}

const gather: ShapeFunction = (c) => {
  const { dataType, shape } = c.input(0)
  const axis = c.axis(int(c.node, 'axis', 0), shape.length)
  const indices = c.shape(1)
  const out = [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)]
  return [withElements({ dataType, shape: out }, gatheredElements(c, axis, indices.length, out))]
}

function gatheredElements(
  c: NodeContext,
  axis: number,
  rank: number,
  out: readonly Dim[],
): readonly Element[] | undefined {
  const [data, index] = [c.known(0), c.known(1)]
  if (data === undefined || index === undefined || !index.elements.every((e) => e !== null && isFixed(e)))
    return undefined
  const size = data.shape[axis]!
  const at = rearrange(index, out as number[], (position) =>
    position.slice(axis, axis + rank),
  ) as readonly number[]
  if (at?.some((i) => i < -size || i >= size))
    return c.fail(`an index is out of range for an axis of ${size}`)
  let n = 0
  return rearrange(data, out as number[], (position) => {
    const i = at[n++]!
    return [...position.slice(0, axis), i < 0 ? i + size : i, ...position.slice(axis + rank)]
  })
}

const gatherElements: ShapeFunction = (c) => [{ dataType: c.dataType(0), shape: c.shape(1) }]

const gatherNd: ShapeFunction = (c) => {
  const [data, indices] = [c.shape(0), c.shape(1)]
  const depth = c.fixed(indices.at(-1) ?? c.fail('the indices have no axes'), 'the index depth')
  const batchAxes = int(c.node, 'batch_dims', 0)
  return [{ dataType: c.dataType(0), shape: [...indices.slice(0, -1), ...data.slice(batchAxes + depth)] }]
}

/** The scattered operators give their first input with some elements replaced. */
const scatter: ShapeFunction = (c) => [c.input(0)]

const scatterElements: ShapeFunction = (c) => {
  if (!sameShape(c.shape(1), c.shape(2)))
    c.fail(`indices ${formatShape(c.shape(1))}, updates ${formatShape(c.shape(2))}`)
  return [{ dataType: c.dataType(0), shape: c.shape(0) }]
}

const concat: ShapeFunction = (c) => {
  const shapes = c.node.inputs.map((_, i) => c.shape(i))
  const [first] = shapes
  if (first === undefined) return c.fail('it has no inputs')
  const axis = c.axis(int(c.node, 'axis', 0), first.length)
  const fits = shapes.every(
    (s) => s.length === first.length && s.every((d, i) => i === axis || sameDim(d, first[i]!)),
  )
  if (!fits) c.fail(`${shapes.map(formatShape).join(', ')} do not join on axis ${axis}`)
  const length = shapes.reduce<Element>((sum, s) => (sum === null ? null : add(sum, s[axis]!)), 0)
  if (length === null) return c.cannot('it adds a fixed number of rows to the batch')
  const out = first.map((d, i) => (i === axis ? length : d))
  return [withElements({ dataType: c.dataType(0), shape: out }, first.length === 1 ? joined(c) : undefined)]
}

/** The elements of vectors put behind each other; those of a vector that is not followed are not known. */
function joined(c: NodeContext): readonly Element[] | undefined {
  const parts = c.node.inputs.map((_, i): readonly Element[] | undefined => {
    const [length] = c.shape(i)
    return (
      c.known(i)?.elements ??
      (isFixed(length!) && length <= 64 ? Array.from({ length }, () => null) : undefined)
    )
  })
  return parts.every((p) => p !== undefined) ? parts.flat() : undefined
}

function splitSizes(c: NodeContext, size: Dim): readonly Dim[] {
  const given = c.has(1) ? c.dims(1, 'the split') : ints(c.node, 'split')
  if (given) return given
  const parts = int(c.node, 'num_outputs', c.node.outputs.length)
  const total = c.fixed(size, 'the split axis')
  const chunk = Math.ceil(total / parts)
  return Array.from({ length: parts }, (_, i) => clamp(total - i * chunk, 0, chunk))
}

const split: ShapeFunction = (c) => {
  const { dataType, shape } = c.input(0)
  const axis = c.axis(int(c.node, 'axis', 0), shape.length)
  const sizes = splitSizes(c, shape[axis]!)
  const total = sizes.reduce<Element>((sum, d) => (sum === null ? null : add(sum, d)), 0)
  if (total === null || !sameDim(total, shape[axis]!))
    c.fail(`parts of ${formatShape(sizes)} do not fill axis ${axis} of ${formatShape(shape)}`)
  const elements = shape.length === 1 ? c.known(0)?.elements : undefined
  let start = 0
  return sizes.map((length): Inferred => {
    const type = { dataType, shape: shape.map((d, i) => (i === axis ? length : d)) }
    if (!elements || !isFixed(length)) return type
    start += length
    return withElements(type, elements.slice(start - length, start))
  })
}

const pad: ShapeFunction = (c) => {
  const { dataType, shape } = c.input(0)
  const pads = c.numbers(1, 'the padding')
  const axes = c.has(3)
    ? c.numbers(3, 'the axes').map((a) => c.axis(a, shape.length))
    : shape.map((_, i) => i)
  if (pads.length !== 2 * axes.length) c.fail(`${pads.length} pads for ${axes.length} axes`)
  const out = shape.map((d, axis): Dim => {
    const i = axes.indexOf(axis)
    if (i < 0) return d
    const padded = add(d, pads[i]! + pads[i + axes.length]!)
    if (padded === null) return c.cannot('it pads the batch axis')
    return isFixed(padded) && padded < 0 ? c.fail(`the padding removes more than axis ${axis} has`) : padded
  })
  return [{ dataType, shape: out }]
}

/** Operators that pick, join and move parts of tensors. */
export const slices: Readonly<Record<string, ShapeFunction>> = {
  Concat: concat,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  Pad: pad,
  ScatterElements: scatterElements,
  ScatterND: scatter,
  Slice: slice,
  Split: split,
}
