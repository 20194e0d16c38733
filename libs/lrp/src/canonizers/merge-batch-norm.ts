import {
  attributes,
  type Constant,
  constants,
  floatAttribute,
  type Graph,
  type Model,
  type Node,
} from '@crp-serve/onnx'
import { mergedKey, pathsKey } from '../layers/names.ts'

/** A batch norm that stays where it is, and why. */
export interface Refusal {
  readonly node: string
  readonly reason: string
}

/** The channel-wise map of a batch norm: y = scale * x + shift. */
interface ChannelMap {
  readonly scale: Float64Array
  readonly shift: Float64Array
}

/** Axis of the output channels in the weight, per operator that can take a batch norm in. */
const mergeable = ['Conv', 'ConvTranspose', 'Gemm'] as const
type Mergeable = (typeof mergeable)[number]

const isMergeable = (op: string): op is Mergeable => (mergeable as readonly string[]).includes(op)

/** An initializer whose values are at hand, or null. */
function valuesOf(graph: Graph, name: string | undefined): ArrayLike<number> | null {
  const constant = name ? graph.initializers.get(name) : undefined
  return constant && constant.data.kind === 'inline' && constant.dataType === 'float32'
    ? constants.toNumbers(constant)
    : null
}

/** scale = gamma / sqrt(var + eps), shift = beta - mean * scale, in float64; null where a statistic is not constant. */
function channelMapOf(graph: Graph, norm: Node): ChannelMap | null {
  const [gamma, beta, mean, variance] = norm.inputs.slice(1).map((name) => valuesOf(graph, name))
  if (!gamma || !beta || !mean || !variance) return null
  const epsilon = attributes.float(norm, 'epsilon', 1e-5)
  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c]! + epsilon))
  return { scale, shift: Float64Array.from(beta, (b, c) => b - mean[c]! * scale[c]!) }
}

/** The output channel that a position of the weight contributes to. */
function channelAt(node: Node, dims: readonly number[]): (index: number) => number {
  const [d0, d1] = dims as [number, number]
  const inner = constants.elementCount(dims.slice(2))
  if (node.op === 'Conv') return (i) => Math.floor(i / (d1 * inner))
  if (node.op === 'Gemm') return attributes.int(node, 'transB', 0) ? (i) => Math.floor(i / d1) : (i) => i % d1
  const inputsPerGroup = d0 / attributes.int(node, 'group', 1)
  return (i) => Math.floor(Math.floor(i / (d1 * inner)) / inputsPerGroup) * d1 + (Math.floor(i / inner) % d1)
}

function mergedWeight(node: Node, weight: Constant, { scale }: ChannelMap): Constant {
  const channel = channelAt(node, weight.dims)
  const values = constants.toNumbers(weight)
  return constants.float32(
    Float32Array.from(values, (w, i) => w * scale[channel(i)]!),
    weight.dims,
  )
}

function mergedBias(node: Node, bias: ArrayLike<number> | null, { scale, shift }: ChannelMap): Constant {
  const beta = node.op === 'Gemm' ? attributes.float(node, 'beta', 1) : 1
  const at = (c: number) => (bias === null ? 0 : beta * bias[bias.length === 1 ? 0 : c]!)
  return constants.float32(Float32Array.from(scale, (s, c) => at(c) * s + shift[c]!))
}

const listed = (node: Node, key: string): string[] => JSON.parse(node.metadata[key] ?? '[]') as string[]

/** Names of the batch norm and of the tensor that vanishes live on as names of the merged layer. */
const mergedNames = (node: Node, norm: Node): Record<string, string> => ({
  ...node.metadata,
  [pathsKey]: JSON.stringify([...listed(node, pathsKey), ...listed(norm, pathsKey)]),
  [mergedKey]: JSON.stringify([...listed(node, mergedKey), norm.name, node.outputs[0]!]),
})

/** Why a batch norm can not be merged into the operator before it, or the operator and its weight. */
function target(graph: Graph, norm: Node): { readonly node: Node; readonly weight: Constant } | string {
  const input = norm.inputs[0]!
  const node = graph.nodes.find((n) => n.outputs.includes(input))
  if (!node || !isMergeable(node.op))
    return `${node?.op ?? 'an input'} is before it, not ${mergeable.join(', ')}`
  const readers = graph.nodes.filter((n) => n.inputs.includes(input)).length
  if (readers > 1 || graph.outputs.some((o) => o.name === input)) return `${node.name} has other consumers`
  if (norm.outputs.length > 1 && norm.outputs.slice(1).some((name) => name !== ''))
    return 'its statistics are outputs'
  const weight = graph.initializers.get(node.inputs[1]!)
  if (weight?.data.kind !== 'inline') return `the weight of ${node.name} is not constant`
  if (node.inputs[2] && !valuesOf(graph, node.inputs[2])) return `the bias of ${node.name} is not constant`
  return { node, weight }
}

function mergeOne(graph: Graph, norm: Node): Graph | Refusal {
  const found = target(graph, norm)
  if (typeof found === 'string') return { node: norm.name, reason: found }
  const map = channelMapOf(graph, norm)
  if (!map) return { node: norm.name, reason: 'its statistics are not constant' }
  const { node, weight } = found
  const weightName = `${norm.outputs[0]}/merged_weight`
  const biasName = `${norm.outputs[0]}/merged_bias`
  const merged: Node = {
    ...node,
    inputs: [node.inputs[0]!, weightName, biasName],
    outputs: [norm.outputs[0]!],
    attributes: node.op === 'Gemm' ? { ...node.attributes, beta: floatAttribute(1) } : node.attributes,
    metadata: mergedNames(node, norm),
  }
  return {
    ...graph,
    nodes: graph.nodes.flatMap((n) => (n === node ? [merged] : n === norm ? [] : [n])),
    initializers: new Map([
      ...graph.initializers,
      [weightName, mergedWeight(node, weight, map)],
      [biasName, mergedBias(node, valuesOf(graph, node.inputs[2]), map)],
    ]),
  }
}

/**
 * Merges every batch norm into the linear operator whose output it alone reads (semantics.md, section 5):
 * w' = w * gamma / sqrt(var + eps), b' = (b - mean) * gamma / sqrt(var + eps) + beta. Decided by data flow, never
 * by the order of modules; a batch norm that cannot be merged is left alone and listed with the reason.
 */
export function mergeBatchNorms(model: Model): {
  readonly model: Model
  readonly refused: readonly Refusal[]
} {
  const refused: Refusal[] = []
  let graph = model.graph
  for (const norm of model.graph.nodes.filter((node) => node.op === 'BatchNormalization')) {
    const result = mergeOne(graph, graph.nodes.find((node) => node.name === norm.name)!)
    if ('reason' in result) refused.push(result)
    else graph = result
  }
  return { model: { ...model, graph }, refused }
}
