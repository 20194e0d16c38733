import { attributes, constants, type GraphBuilder, type Node } from '@crp-serve/onnx'
import type { GraphFacts } from './facts.ts'

/** A tensor of rows, and what of it is reduced: axes counted from the front, none of them the batch. */
export interface Reduction {
  /** Sizes of all axes but the batch. */
  readonly sizes: readonly number[]
  readonly axes: readonly number[]
  readonly keepdims: boolean
}

/** The reductions that have a form of their own. */
export type ReductionOp = 'ReduceSum' | 'ReduceMean' | 'ReduceL1' | 'ReduceL2' | 'ReduceSumSquare'

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

const reshaped = (b: GraphBuilder, x: string, sizes: readonly number[]): string =>
  b.op('Reshape', [x, b.ints([-1, ...sizes])])

/** The sum over axis 1 of [N, channels, positions]: a convolution with ones. */
const overChannels = (b: GraphBuilder, x: string, channels: number): string =>
  b.op('Conv', [x, b.op('Expand', [b.scalar(1), b.ints([1, channels, 1])])])

/** The mean over the last axis of [N, kept, positions]. */
const overPositions = (b: GraphBuilder, x: string): string => b.op('GlobalAveragePool', [x])

/** The most positions that are added up in one go, where they can be cut: rounding grows with them. */
const longest = 1024

/** In how many equal parts positions are added up: as few as may be, one where their number has no divisor. */
function partsOf(positions: number): number {
  if (positions <= longest) return 1
  for (let inner = longest; inner > 1; inner--) if (positions % inner === 0) return positions / inner
  return 1
}

/** The mean over the last positions of each row, in parts of equal size, which rounds less than one long sum. */
function trailingMean(b: GraphBuilder, x: string, rows: number, positions: number): string {
  const outer = partsOf(positions)
  const means = overPositions(b, reshaped(b, x, [rows * outer, positions / outer]))
  return outer === 1 ? means : trailingMean(b, means, rows, outer)
}

const scaled = (b: GraphBuilder, x: string, factor: number): string =>
  factor === 1 ? x : b.op('Mul', [x, b.scalar(factor)])

/** The sum or mean over axes; the result has the sizes that are kept, in order, but not yet their shape. */
function accumulated(b: GraphBuilder, x: string, { sizes, axes }: Reduction, isMean: boolean): string {
  const sizeOf = (axis: number) => sizes[axis - 1]!
  const all = sizes.map((_, i) => i + 1)
  const kept = all.filter((axis) => !axes.includes(axis))
  const count = product(axes.map(sizeOf))
  const isLeading = kept.length > 0 && kept.every((axis) => axes.every((reduced) => reduced < axis))
  if (isLeading) {
    const sum = overChannels(b, reshaped(b, x, [count, product(kept.map(sizeOf))]), count)
    return scaled(b, sum, isMean ? 1 / count : 1)
  }
  const order = [...kept, ...axes]
  const isTurned = order.some((axis, i) => axis !== i + 1)
  const turned = isTurned ? b.op('Transpose', [x], { perm: [0, ...order] }) : x
  const mean = trailingMean(b, turned, product(kept.map(sizeOf)), count)
  return scaled(b, mean, isMean ? 1 : count)
}

/** The function of each element that is added up, and of the sum. */
const forms: Readonly<Record<ReductionOp, readonly [inner: string | null, outer: string | null]>> = {
  ReduceSum: [null, null],
  ReduceMean: [null, null],
  ReduceL1: ['Abs', null],
  ReduceL2: ['square', 'Sqrt'],
  ReduceSumSquare: ['square', null],
}

const applied = (b: GraphBuilder, op: string | null, x: string): string => {
  if (op === null) return x
  return op === 'square' ? b.op('Mul', [x, x]) : b.op(op, [x])
}

/**
 * A reduction of rows whose result for a row does not depend on the rows beside it, in a convolution or a pool. ONNX Runtime's own
 * reductions add up on the CPU in an order that depends on where a row begins in memory, and on whether there is one.
 */
export function reduced(b: GraphBuilder, op: ReductionOp, x: string, reduction: Reduction): string {
  const axes = [...reduction.axes].sort((p, q) => p - q)
  const { sizes, keepdims } = reduction
  const [inner, outer] = forms[op]
  const values = applied(b, inner, x)
  const sum = axes.length === 0 ? values : accumulated(b, values, { ...reduction, axes }, op === 'ReduceMean')
  const shape = sizes.flatMap((size, i) => (axes.includes(i + 1) ? (keepdims ? [1] : []) : [size]))
  return applied(b, outer, b.op('Reshape', [sum, b.ints([-1, ...shape])]))
}

/** What a node of the forward pass reduces, or null where it has no other form. */
export function reductionOf(node: Node, facts: GraphFacts): Reduction | null {
  const listed = facts.constant(node.inputs[1] ?? '')
  if (node.domain !== '' || !(node.op in forms) || listed?.data.kind !== 'inline') return null
  const { shape, dataType } = facts.type(node.inputs[0]!)
  const sizes = shape.slice(1).filter((size) => typeof size === 'number')
  const axes = Array.from(constants.toNumbers(listed), (axis) => (axis + shape.length) % shape.length)
  const isOfRows = typeof shape[0] === 'object' && shape[0].batch === 1 && sizes.length === shape.length - 1
  if (!isOfRows || dataType !== 'float32' || axes.length === 0 || axes.includes(0)) return null
  return { sizes, axes, keepdims: attributes.int(node, 'keepdims', 1) !== 0 }
}
