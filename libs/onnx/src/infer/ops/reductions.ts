import { int, ints } from '../../graph/attributes.ts'
import type { DataType, Dim } from '../../graph/types.ts'
import { type NodeContext, type ShapeFunction, withElements } from '../context.ts'
import type { Element } from '../dims.ts'
import * as dims from '../dims.ts'

/** Axes of a reduction: an attribute, or an input in later operator sets; all axes where none is given. */
function axesOf(c: NodeContext, rank: number): readonly number[] {
  const given = c.has(1) ? c.numbers(1, 'the axes') : ints(c.node, 'axes')
  if (given && given.length > 0) return given.map((a) => c.axis(a, rank))
  const none = int(c.node, 'noop_with_empty_axes', 0) === 1
  return none ? [] : Array.from({ length: rank }, (_, i) => i)
}

function reducedShape(c: NodeContext, axes: readonly number[]): readonly Dim[] {
  const keep = int(c.node, 'keepdims', 1) === 1
  return c.shape(0).flatMap((d, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [d]))
}

/** Known elements are followed where everything is reduced to one. */
const reduce =
  (combine?: (a: Dim, b: Dim) => Element): ShapeFunction =>
  (c) => {
    const axes = axesOf(c, c.shape(0).length)
    const type = { dataType: c.dataType(0), shape: reducedShape(c, axes) }
    const [first, ...rest] = c.known(0)?.elements ?? []
    if (combine === undefined || first === undefined || axes.length !== c.shape(0).length) return [type]
    const total = rest.reduce<Element>((a, b) => (a === null || b === null ? null : combine(a, b)), first)
    return [withElements(type, [total])]
  }

const argument: ShapeFunction = (c) => {
  const axis = c.axis(int(c.node, 'axis', 0), c.shape(0).length)
  return [{ dataType: 'int64' as DataType, shape: reducedShape(c, [axis]) }]
}

const topK: ShapeFunction = (c) => {
  const { dataType, shape } = c.input(0)
  const axis = c.axis(int(c.node, 'axis', -1), shape.length)
  const [k] = c.dims(1, 'k')
  if (k === undefined) return c.fail('k is empty')
  const kept = shape.map((d, i) => (i === axis ? k : d))
  return [
    { dataType, shape: kept },
    { dataType: 'int64', shape: kept },
  ]
}

/** Operators that reduce axes. */
export const reductions: Readonly<Record<string, ShapeFunction>> = {
  ArgMax: argument,
  ArgMin: argument,
  ReduceL1: reduce(),
  ReduceL2: reduce(),
  ReduceLogSum: reduce(),
  ReduceLogSumExp: reduce(),
  ReduceMax: reduce(dims.maximum),
  ReduceMean: reduce(),
  ReduceMin: reduce(dims.minimum),
  ReduceProd: reduce(dims.multiply),
  ReduceSum: reduce(dims.add),
  ReduceSumSquare: reduce(),
  TopK: topK,
}
