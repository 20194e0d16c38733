import { attributes, constants, isFunctionalPool, moduleClass } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain } from '../compile/relevance.ts'
import type { Layer, LayerType } from '../layers/layer.ts'
import { keepsSign, numbersOf } from './operands.ts'
import type { Operator, Site } from './operator.ts'
import { signOf } from './pointwise.ts'

/** The axes of a reduction, counted from the front, or null where they are not listed as constants. */
export function reducedAxes(layer: Site, facts: GraphFacts): readonly number[] | null {
  const rank = facts.rank(layer.inputs[0]!)
  const given = layer.node.inputs[1]
  const axes = given ? numbersOf(facts, given) : attributes.ints(layer.node, 'axes')
  return axes?.map((axis) => (axis + rank) % rank) ?? null
}

/** The spatial axes of a layer's input. */
export const spatialAxes = (layer: Site, facts: GraphFacts): readonly number[] =>
  Array.from({ length: facts.rank(layer.inputs[0]!) - 2 }, (_, i) => i + 2)

/** A tensor shaped like a reduction's output (axes kept or not) with the reduced axes at size one. */
export function withReducedAxes(e: Emitter, tensor: string, layer: Layer, axes: readonly number[]): string {
  const { shape } = e.facts.type(layer.inputs[0]!)
  const kept = shape.map((dim, i) => (axes.includes(i) ? 1 : typeof dim === 'number' ? dim : -1))
  return e.op('Reshape', [tensor, e.ints(kept)])
}

/** A tensor shaped like a reduction's output, repeated along the reduced axes. */
const repeated = (e: Emitter, tensor: string, layer: Layer, axes: readonly number[]): string =>
  e.expandLike(withReducedAxes(e, tensor, layer, axes), layer.inputs[0]!)

/** Number of inputs that one output of a reduction is made of. */
const countOf = (e: Emitter, layer: Layer, axes: readonly number[]): number =>
  constants.elementCount(axes.map((axis) => e.facts.sizes(layer.inputs[0]!)[axis - 1]!))

/** dy/dx of a reduction, shaped like its input (or one value for all); null where it is one. */
type Slope = (e: Emitter, layer: Layer, axes: readonly number[]) => string | null

function refuseAxes(layer: Site, facts: GraphFacts): string | null {
  const axes = reducedAxes(layer, facts)
  if (axes === null && layer.node.inputs[1]) return 'its axes are not constant'
  return axes === null || axes.length === 0 || axes.includes(0) ? 'it reduces the batch axis' : null
}

/** A reduction over axes: every input gets the relevance of its output times the slope. */
function reduction(
  op: string,
  slope: Slope,
  more: Partial<Operator> & { readonly axes?: typeof spatialAxes } = {},
): Operator {
  const { axes: axesOf = reducedAxes, ...rest } = more
  return {
    op,
    type: () => null,
    gradient(e, layer, r) {
      const axes = axesOf(layer, e.facts)!
      const factor = slope(e, layer, axes)
      const rows = e.materialize(r)
      if (factor === null) return [plain(repeated(e, rows, layer, axes))]
      return [e.scale(plain(repeated(e, rows, layer, axes)), factor)]
    },
    nonNegative: keepsSign,
    ...(axesOf === reducedAxes ? { refuse: refuseAxes } : {}),
    ...rest,
  }
}

/** A mean is scaled before it is spread, where it is small. */
const mean = (op: string, more: Parameters<typeof reduction>[2] = {}): Operator => {
  const spread = reduction(op, () => null, more)
  return {
    ...spread,
    gradient(e, layer, r) {
      const axes = (more.axes ?? reducedAxes)(layer, e.facts)!
      const share = e.mul(e.materialize(r), e.scalar(1 / countOf(e, layer, axes)))
      return spread.gradient(e, layer, plain(share))
    },
  }
}

/** Global average pooling over all spatial axes (ONNX GlobalAveragePool). */
export const globalAveragePool = mean('GlobalAveragePool', {
  type: () => 'average_pool',
  axes: spatialAxes,
})

/**
 * What kind of pooling a reduction is. PyTorch's exporters turn an adaptive pooling module into a reduction but also
 * every functional mean, which the peers explain by its gradient: only the module class in the node's metadata tells
 * them apart (semantics.md, section 6), and the form in which an adaptive pool that is called as a function is written. Of
 * other producers a mean is a pool.
 */
const poolingType =
  (pool: 'Avg' | 'Max', type: LayerType): Operator['type'] =>
  ({ node }, facts) => {
    const module = moduleClass(node)
    const isModule = module === null ? !facts.producer.startsWith('pytorch') : module.includes(`${pool}Pool`)
    const isPool = isModule || (pool === 'Avg' && isFunctionalPool(node))
    return isPool ? type : null
  }

/** Mean over given axes (ONNX ReduceMean). */
export const reduceMean = mean('ReduceMean', { type: poolingType('Avg', 'average_pool') })

/** Sum over given axes (ONNX ReduceSum). */
export const reduceSum = reduction('ReduceSum', () => null)

const always = { nonNegative: () => true }

/** Sum of squares: 2 x. */
export const reduceSumSquare = reduction(
  'ReduceSumSquare',
  (e, layer) => e.mul(layer.inputs[0]!, e.scalar(2)),
  always,
)

/** Sum of magnitudes: the sign of x. */
export const reduceL1 = reduction('ReduceL1', (e, layer) => signOf(e, layer.inputs[0]!), always)

/** Euclidean norm y: x / y, and zero where y is. */
export const reduceL2 = reduction(
  'ReduceL2',
  (e, layer, axes) => {
    const y = withReducedAxes(e, layer.output, layer, axes)
    return e.div(layer.inputs[0]!, nonZero(e, y))
  },
  always,
)

/** A tensor with ones in the place of its zeros. */
export const nonZero = (e: Emitter, x: string): string =>
  e.op('Where', [e.op('Equal', [x, e.scalar(0)]), e.scalar(1), x])

/** y = log(sum of e^x): e^(x - y), the softmax. */
export const reduceLogSumExp = reduction(
  'ReduceLogSumExp',
  (e, layer, axes) => e.op('Exp', [e.sub(layer.inputs[0]!, withReducedAxes(e, layer.output, layer, axes))]),
  { nonNegative: () => false },
)

/**
 * Ones at the first extremum of every group that is reduced to one value, zeros elsewhere: as a max pool over the
 * group, in row-major order, so that equal values have one winner.
 */
const firstExtremum =
  (arg: 'ArgMax' | 'ArgMin'): Slope =>
  (e, layer, axes) => {
    const x = layer.inputs[0]!
    const sizes = e.facts.sizes(x)
    const kept = sizes.map((_, i) => i + 1).filter((axis) => !axes.includes(axis))
    const ordered = [...axes].sort((a, b) => a - b)
    const perm = [0, ...kept, ...ordered]
    const sizeOf = (axis: number) => sizes[axis - 1]!
    const count = countOf(e, layer, axes)
    const groups = e.op('Reshape', [
      e.op('Transpose', [x], { perm }),
      e.ints([-1, ...kept.map(sizeOf), count]),
    ])
    const best = e.op(arg, [groups], { axis: kept.length + 1, keepdims: 1 })
    const positions = e.op('Range', [e.int(0), e.int(count), e.int(1)])
    const wins = e.op('Cast', [e.op('Equal', [best, positions])], { to: 1 })
    const open = e.op('Reshape', [wins, e.ints([-1, ...kept.map(sizeOf), ...ordered.map(sizeOf)])])
    return e.op('Transpose', [open], { perm: perm.map((_, axis) => perm.indexOf(axis)) })
  }

/** Maximum over given axes (ONNX ReduceMax). */
export const reduceMax = reduction('ReduceMax', firstExtremum('ArgMax'), {
  type: poolingType('Max', 'max_pool'),
})

/** Minimum over given axes (ONNX ReduceMin). */
export const reduceMin = reduction('ReduceMin', firstExtremum('ArgMin'))

/** Global max pooling over all spatial axes (ONNX GlobalMaxPool). */
export const globalMaxPool = reduction('GlobalMaxPool', firstExtremum('ArgMax'), {
  type: () => 'max_pool',
  axes: spatialAxes,
})
