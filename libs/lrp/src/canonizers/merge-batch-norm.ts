import { attributes, type Constant, constants, type Graph, type Model, type Node } from '@crp-serve/onnx'
import { mergedKey, pathsKey } from '../layers/names.ts'
import { isTraining, trainingReason } from '../operators/batch-norm.ts'
import { type ChannelMap, channelMapOf } from './channel-map.ts'
import { type LinearNode, linearNodeAt, linearNodeOf } from './linear-node.ts'

/** A batch norm that stays where it is, and why. */
export interface Refusal {
  readonly node: string
  readonly reason: string
}

/** Number of axes of a tensor, where it is known. */
type Rank = (tensor: string) => number | undefined

const listed = (node: Node, key: string): string[] => JSON.parse(node.metadata[key] ?? '[]') as string[]

/** Names of the batch norm, and of a tensor that vanishes, live on as names of the merged layer. */
const mergedNames = (node: Node, norm: Node, vanished: readonly string[]): Record<string, string> => ({
  ...node.metadata,
  [pathsKey]: JSON.stringify([...listed(node, pathsKey), ...listed(norm, pathsKey)]),
  [mergedKey]: JSON.stringify([...listed(node, mergedKey), norm.name, ...vanished]),
})

const weightOf = ({ weight }: LinearNode, factor: (position: number) => number): Constant =>
  constants.float32(
    Float32Array.from(constants.toNumbers(weight), (w, i) => w * factor(i)),
    weight.dims,
  )

/** Whether more than one node reads a tensor, or it is an output. */
function otherReaders(graph: Graph, tensor: string): boolean {
  const readers = graph.nodes.filter((node) => node.inputs.includes(tensor)).length
  return readers > 1 || graph.outputs.some((output) => output.name === tensor)
}

/** The graph with a merged node in the place of `last` and the rest of what it replaces gone. */
function replaced(
  graph: Graph,
  gone: readonly Node[],
  last: Node,
  merged: Node,
  made: readonly (readonly [string, Constant])[],
): Graph {
  const nodes = graph.nodes.flatMap((n) => (n === last ? [merged] : gone.includes(n) ? [] : [n]))
  return { ...graph, nodes, initializers: new Map([...graph.initializers, ...made]) }
}

/** w' = w * scale, b' = b * scale + shift, on the channels of the output. */
function intoLayerBefore(graph: Graph, norm: Node, { scale, shift }: ChannelMap, rank: Rank): Graph | string {
  const input = norm.inputs[0]!
  const linear = linearNodeOf(graph, input, rank)
  if (typeof linear === 'string') return linear
  if (otherReaders(graph, input)) return `${linear.nodes.at(-1)!.name} has other consumers`
  const [weight, bias] = [`${norm.outputs[0]}/merged_weight`, `${norm.outputs[0]}/merged_bias`]
  const node = linear.rebuilt(weight, bias)
  const merged = { ...node, outputs: [norm.outputs[0]!], metadata: mergedNames(node, norm, [input]) }
  const biases = Float32Array.from(scale, (s, c) => (linear.bias?.(c) ?? 0) * s + shift[c]!)
  const gone = [...linear.nodes.slice(0, -1), norm]
  return replaced(graph, gone, linear.nodes.at(-1)!, merged, [
    [weight, weightOf(linear, (i) => scale[linear.outputChannel(i)]!)],
    [bias, constants.float32(biases)],
  ])
}

/** Whether a convolution sees no padding, which the batch norm before it would not have shifted. */
function isUnpadded(node: Node): boolean {
  if (node.op !== 'Conv') return true
  const mode = node.attributes['auto_pad']
  const isExplicit = mode?.kind !== 'string' || ['NOTSET', 'VALID', ''].includes(mode.value)
  return isExplicit && (attributes.ints(node, 'pads') ?? []).every((pad) => pad === 0)
}

/** How many channels the output of a linear node has. */
const outputsOf = (linear: LinearNode): number => {
  const count = constants.elementCount(linear.weight.dims)
  return (
    1 + Array.from({ length: count }, (_, i) => linear.outputChannel(i)).reduce((a, b) => Math.max(a, b), 0)
  )
}

/** b' = b + the sum over inputs of w * shift, in float64. */
function shiftedBias(linear: LinearNode, shift: Float64Array): Float32Array {
  const bias = Float64Array.from({ length: outputsOf(linear) }, (_, c) => linear.bias?.(c) ?? 0)
  for (const [i, w] of Array.from(constants.toNumbers(linear.weight)).entries())
    bias[linear.outputChannel(i)]! += w * shift[linear.inputChannel(i)]!
  return Float32Array.from(bias)
}

/** The only reader of a batch norm, if that is a linear operator in which its shift does not meet padding. */
function layerBehind(graph: Graph, norm: Node, rank: Rank): LinearNode | string {
  const output = norm.outputs[0]!
  if (otherReaders(graph, output)) return `several nodes read it`
  const reader = graph.nodes.find((node) => node.inputs[0] === output)
  const linear = reader && reader.op !== 'ConvTranspose' ? linearNodeAt(graph, reader, rank) : ''
  if (!reader || typeof linear === 'string') return `${reader?.op ?? 'no node'} behind it cannot take it in`
  return isUnpadded(reader) ? linear : `${reader.name} behind it pads what it reads`
}

/** w' = w * scale on the channels of the input, b' = b + w shift: exact where nothing pads in between. */
function intoLayerBehind(graph: Graph, norm: Node, { scale, shift }: ChannelMap, rank: Rank): Graph | string {
  const linear = layerBehind(graph, norm, rank)
  if (typeof linear === 'string') return linear
  const output = linear.nodes.at(-1)!.outputs[0]!
  const [weight, bias] = [`${output}/merged_weight`, `${output}/merged_bias`]
  const node = linear.rebuilt(weight, bias)
  const inputs = [norm.inputs[0]!, weight, bias]
  const merged = { ...node, inputs, metadata: mergedNames(node, norm, []) }
  return replaced(graph, [...linear.nodes.slice(0, -1), norm], linear.nodes.at(-1)!, merged, [
    [weight, weightOf(linear, (i) => scale[linear.inputChannel(i)]!)],
    [bias, constants.float32(shiftedBias(linear, shift))],
  ])
}

function mergeOne(graph: Graph, norm: Node, rank: Rank): Graph | Refusal {
  const refusal = (reason: string): Refusal => ({ node: norm.name, reason })
  if (isTraining(norm)) return refusal(trainingReason)
  if (norm.outputs.slice(1).some((name) => name !== '')) return refusal('its statistics are outputs')
  const map = channelMapOf(graph, norm)
  if (!map) return refusal('its statistics are not constant')
  const before = intoLayerBefore(graph, norm, map, rank)
  if (typeof before !== 'string') return before
  const behind = intoLayerBehind(graph, norm, map, rank)
  return typeof behind === 'string' ? refusal(`${before}; ${behind}`) : behind
}

/**
 * Merges every batch norm by data flow, never by the order of modules (semantics.md, section 5): into the linear
 * operator whose output it alone reads, or else into the one that alone reads it, where that pads nothing. Weights that other
 * nodes share stay as they are: the merged layer gets its own. A batch norm that cannot be merged is left alone and
 * listed with the reason.
 */
export function mergeBatchNorms(
  model: Model,
  rank: Rank = () => undefined,
): { readonly model: Model; readonly refused: readonly Refusal[] } {
  const refused: Refusal[] = []
  let graph = model.graph
  for (const { name } of model.graph.nodes.filter((node) => node.op === 'BatchNormalization')) {
    const result = mergeOne(graph, graph.nodes.find((node) => node.name === name)!, rank)
    if ('reason' in result) refused.push(result)
    else graph = result
  }
  return { model: { ...model, graph }, refused }
}
