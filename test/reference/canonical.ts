import type { Node } from '@crp-serve/onnx'
import { callOf, type Values } from './evaluate.ts'
import { batchNormScale } from './ops/elementwise.ts'
import { gemmBias, gemmWeight } from './ops/linear.ts'
import { broadcastTo, full, plus, reshaped, sizeOf, type Tensor, tensor, times } from './tensor.ts'

/** Nodes that give the model's tensors the same values, and the values of the weights that were made for them. */
export interface Rewritten {
  readonly nodes: readonly Node[]
  readonly values: Values
}

/** What a rewrite looks at: the nodes, the values, the names of outputs and of what depends on the input. */
export interface Subject extends Rewritten {
  readonly opset: number
  readonly outputs: readonly string[]
  readonly dynamic: ReadonlySet<string>
}

/** The node that alone feeds `consumer` through `tensor`; undefined where others read the tensor too. */
function soleProducer({ nodes, outputs }: Subject, tensor: string): Node | undefined {
  const readers = nodes.filter((node) => node.inputs.includes(tensor))
  if (readers.length !== 1 || outputs.includes(tensor)) return undefined
  return nodes.find((node) => node.outputs[0] === tensor)
}

/** Nodes with two neighbours (upper reads lower) replaced by one that stands in the place of the upper one. */
const replaced = (nodes: readonly Node[], lower: Node, upper: Node, by: Node): Node[] =>
  nodes.filter((node) => node !== lower).map((node) => (node === upper ? by : node))

/** Makes MatMul with constant weights and a following Add of a constant one node: MatMul with a third input. */
export function fuseMatMulBias(subject: Subject): Subject {
  let { nodes } = subject
  for (const addition of nodes.filter((node) => node.op === 'Add')) {
    const [data, bias] = [0, 1].map((i) => addition.inputs.find((t) => subject.dynamic.has(t) === (i === 0)))
    const layer = data && bias ? soleProducer({ ...subject, nodes }, data) : undefined
    if (layer?.op !== 'MatMul' || layer.inputs.every((t) => subject.dynamic.has(t))) continue
    const fused = { ...layer, inputs: [...layer.inputs, bias!], outputs: addition.outputs }
    nodes = replaced(nodes, layer, addition, fused)
  }
  return { ...subject, nodes }
}

/** Weight and bias of a layer in the form that its merged node carries. */
interface Parameters {
  readonly weight: Tensor
  readonly bias: Tensor
  /** Axis layout of the weight: `scale` per output channel, broadcast over the weight. */
  spread(scale: Tensor): Tensor
}

const biasOrZeros = (bias: Tensor | null | undefined, channels: number): Tensor =>
  bias ? broadcastTo(bias, [channels]) : full([channels], 0)

/** Scale per output channel [groups * m] over a ConvTranspose weight [in, m, ...kernel]. */
function spreadTransposed(scale: Tensor, weight: Tensor, groups: number): Tensor {
  const [inputs, m] = weight.shape as [number, number]
  const kernel = sizeOf(weight.shape.slice(2))
  const data = weight.data.map((_, i) => {
    const [row, column] = [Math.floor(i / (m * kernel)), Math.floor(i / kernel) % m]
    return scale.data[Math.floor(row / (inputs / groups)) * m + column]!
  })
  return tensor(weight.shape, data)
}

/** The parameters of a layer that a batch norm can be merged into; undefined for other nodes. */
function parametersOf(layer: Node, values: Values, opset: number): Parameters | undefined {
  const call = callOf(layer, values, opset)
  const weight = call.inputs[1]!
  const spatial = weight.shape.slice(2).map(() => 1)
  switch (layer.op) {
    case 'Conv': {
      const spread = (scale: Tensor): Tensor =>
        broadcastTo(reshaped(scale, [...scale.shape, 1, ...spatial]), weight.shape)
      return { weight, bias: biasOrZeros(call.inputs[2], weight.shape[0]!), spread }
    }
    case 'ConvTranspose': {
      const group = layer.attributes['group']
      const groups = group?.kind === 'int' ? group.value : 1
      const spread = (scale: Tensor): Tensor => spreadTransposed(scale, weight, groups)
      return { weight, bias: biasOrZeros(call.inputs[2], weight.shape[1]! * groups), spread }
    }
    case 'Gemm': {
      const effective = gemmWeight(call)
      const bias = biasOrZeros(gemmBias(call), effective.shape[1]!)
      return { weight: effective, bias, spread: (scale) => broadcastTo(scale, effective.shape) }
    }
    default:
      return undefined
  }
}

/** A Gemm keeps only transA: the merged weight is alpha * B' already, the merged bias beta * C. */
const mergedAttributes = ({ op, attributes }: Node): Node['attributes'] =>
  op !== 'Gemm' ? attributes : attributes['transA'] ? { transA: attributes['transA'] } : {}

/** One node in the place of a layer and the batch norm behind it, with new parameters in the values. */
function merge(subject: Subject, layer: Node, norm: Node, parameters: Parameters): Subject {
  const { scale, shift } = batchNormScale(callOf(norm, subject.values, subject.opset))
  const scales = tensor([scale.length], scale)
  const names = [`${norm.outputs[0]}:weight`, `${norm.outputs[0]}:bias`] as const
  const bias = plus(times(parameters.bias, scales), tensor([shift.length], shift))
  const values = new Map(subject.values)
  values.set(names[0], times(parameters.weight, parameters.spread(scales)))
  values.set(names[1], bias)
  const inputs = [layer.inputs[0]!, ...names]
  const merged = { ...layer, inputs, outputs: norm.outputs, attributes: mergedAttributes(layer) }
  return { ...subject, values, nodes: replaced(subject.nodes, layer, norm, merged) }
}

/**
 * Merges the chosen batch norms into the layer that alone feeds them (scale = gamma / sqrt(var + eps),
 * w * scale on the output axis, b = (b - mean) * scale + beta). Others stay.
 */
export function mergeBatchNorms(subject: Subject, chosen: (norm: Node) => boolean): Subject {
  return subject.nodes
    .filter((node) => node.op === 'BatchNormalization' && chosen(node))
    .reduce((current, norm) => {
      const layer = soleProducer(current, norm.inputs[0]!)
      const parameters = layer && parametersOf(layer, current.values, current.opset)
      return parameters ? merge(current, layer, norm, parameters) : current
    }, subject)
}
