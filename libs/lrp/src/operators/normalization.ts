import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import type { Operator, Site } from './operator.ts'
import { square } from './pointwise.ts'

/** A tensor normalized over axes to mean zero and variance one, and the inverse of its standard deviation. */
interface Normalized {
  readonly value: string
  readonly inverseDeviation: string
}

/** What a normalization takes its statistics over: axes of a tensor of rows with these sizes. */
interface Over {
  readonly axes: readonly number[]
  readonly sizes: readonly number[]
}

const mean = (e: Emitter, x: string, over: Over): string =>
  e.reduce('ReduceMean', x, { ...over, keepdims: true })

function normalized(e: Emitter, x: string, over: Over, epsilon: number): Normalized {
  const centred = e.sub(x, mean(e, x, over))
  const variance = mean(e, square(e, centred), over)
  const inverseDeviation = e.op('Reciprocal', [e.op('Sqrt', [e.add(variance, e.scalar(epsilon))])])
  return { value: e.mul(centred, inverseDeviation), inverseDeviation }
}

/**
 * The gradient of a normalization with its statistics differentiated (Ba et al. 2016; Ioffe and Szegedy 2015,
 * section 3): (r - mean(r) - x' * mean(r * x')) / deviation, x' being the normalized input.
 */
function pullBack(e: Emitter, r: string, { value, inverseDeviation }: Normalized, over: Over) {
  const along = e.mul(value, mean(e, e.mul(r, value), over))
  return e.mul(e.sub(e.sub(r, mean(e, r, over)), along), inverseDeviation)
}

const epsilonOf = (layer: Layer): number => attributes.float(layer.node, 'epsilon', Math.fround(1e-5))

/** A vector of channels shaped to broadcast along axis 1 of a tensor of that rank. */
const alongChannels = (e: Emitter, vector: string, rank: number): string =>
  e.op('Reshape', [vector, e.ints([1, -1, ...Array.from({ length: rank - 2 }, () => 1)])])

const from = (axis: number, rank: number): readonly number[] =>
  Array.from({ length: rank - axis }, (_, i) => axis + i)

function refuseParameters({ node }: Site, facts: GraphFacts): string | null {
  if (node.outputs.slice(1).some((name) => name !== '')) return 'its statistics are outputs'
  const constant = node.inputs.slice(1).every((name) => name === '' || facts.isConstant(name))
  return constant ? null : 'its scale or bias depends on the input'
}

const normalization = (
  op: string,
  gradient: (e: Emitter, layer: Layer, r: Relevance) => string,
  refuse: (layer: Site, facts: GraphFacts) => string | null = refuseParameters,
): Operator => ({
  op,
  type: () => 'normalization',
  gradient: (e, layer, r) => [plain(gradient(e, layer, r))],
  nonNegative: () => false,
  refuse,
})

const axisOf = ({ node, output }: Site, facts: GraphFacts): number => {
  const rank = facts.rank(output)
  return (attributes.int(node, 'axis', -1) + rank) % rank
}

/** LayerNormalization over the axes from `axis` on. */
export const layerNormalization = normalization(
  'LayerNormalization',
  (e, layer, r) => {
    const axes = from(axisOf(layer, e.facts), e.facts.rank(layer.output))
    const over = { axes, sizes: e.facts.sizes(layer.output) }
    const x = normalized(e, layer.inputs[0]!, over, epsilonOf(layer))
    return pullBack(e, e.mul(e.materialize(r), layer.node.inputs[1]!), x, over)
  },
  (layer, facts) =>
    axisOf(layer, facts) === 0 ? 'it normalizes over the batch' : refuseParameters(layer, facts),
)

/** InstanceNormalization over the spatial axes. */
export const instanceNormalization = normalization('InstanceNormalization', (e, layer, r) => {
  const rank = e.facts.rank(layer.output)
  const over = { axes: from(2, rank), sizes: e.facts.sizes(layer.output) }
  const x = normalized(e, layer.inputs[0]!, over, epsilonOf(layer))
  const scaled = e.mul(e.materialize(r), alongChannels(e, layer.node.inputs[1]!, rank))
  return pullBack(e, scaled, x, over)
})

/** The sizes of a layer's output with its channels cut into groups: [-1, groups, channels / groups, ...]. */
function grouped(e: Emitter, layer: Layer): readonly number[] {
  const [channels, ...rest] = e.facts.sizes(layer.output) as [number, ...number[]]
  const groups = attributes.int(layer.node, 'num_groups', 1)
  return [-1, groups, channels / groups, ...rest]
}

/** The scale of a GroupNormalization: one value per channel (opset 21) or per group (opset 18). */
function groupScale(e: Emitter, layer: Layer, sizes: readonly number[]): string {
  const scale = layer.node.inputs[1]!
  const [, groups, channels, ...rest] = sizes
  const perGroup = e.facts.type(scale).shape[0] === groups
  return e.op('Reshape', [scale, e.ints([1, groups!, perGroup ? 1 : channels!, ...rest.map(() => 1)])])
}

/** GroupNormalization over the channels of each group and the spatial axes. */
export const groupNormalization = normalization('GroupNormalization', (e, layer, r) => {
  const sizes = grouped(e, layer)
  const into = (x: string) => e.op('Reshape', [x, e.ints(sizes)])
  const over = { axes: from(2, sizes.length), sizes: sizes.slice(1) }
  const x = normalized(e, into(layer.inputs[0]!), over, epsilonOf(layer))
  const scaled = e.mul(into(e.materialize(r)), groupScale(e, layer, sizes))
  return e.reshapeLike(pullBack(e, scaled, x, over), layer.output)
})
