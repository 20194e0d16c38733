import { attributes, type Constant, constants, floatAttribute, type Graph, type Node } from '@crp-serve/onnx'
import { valuesOf } from './channel-map.ts'

/** A linear operator with constant parameters, as far as a batch norm beside it needs to know it. */
export interface LinearNode {
  /** Its nodes: one, or MatMul and the Add of its bias. */
  readonly nodes: readonly Node[]
  readonly input: string
  readonly weight: Constant
  /** The bias of each output channel; null where it has none. */
  readonly bias: ((channel: number) => number) | null
  /** The channel of the output, and of the input, that a position of the weight connects. */
  readonly outputChannel: (position: number) => number
  readonly inputChannel: (position: number) => number
  /** The node with other parameters: a weight of the same layout, and a bias for each output channel. */
  readonly rebuilt: (weight: string, bias: string) => Node
}

/** Why a node is no linear operator that a batch norm can be merged with. */
type Reason = string

const mergeable = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'] as const

const weightOf = (graph: Graph, node: Node): Constant | Reason => {
  const weight = graph.initializers.get(node.inputs[1]!)
  const isInline = weight?.data.kind === 'inline' && weight.dataType === 'float32'
  return isInline ? weight : `the weight of ${node.name} is not constant`
}

/** The channels that a weight connects: [outputs, inputs], position by position. */
function channelsOf(
  { op, attributes: given }: Node,
  dims: readonly number[],
  group: number,
): Pick<LinearNode, 'outputChannel' | 'inputChannel'> {
  const [d0, d1] = dims as [number, number]
  const inner = constants.elementCount(dims.slice(2))
  const row = (i: number) => Math.floor(i / (d1 * inner))
  const column = (i: number) => Math.floor(i / inner) % d1
  if (op === 'Conv') {
    const outputsPerGroup = d0 / group
    return { outputChannel: row, inputChannel: (i) => Math.floor(row(i) / outputsPerGroup) * d1 + column(i) }
  }
  if (op === 'ConvTranspose') {
    const inputsPerGroup = d0 / group
    return { inputChannel: row, outputChannel: (i) => Math.floor(row(i) / inputsPerGroup) * d1 + column(i) }
  }
  const isTurned = op === 'Gemm' && given['transB']?.kind === 'int' && given['transB'].value !== 0
  return isTurned
    ? { outputChannel: row, inputChannel: column }
    : { outputChannel: column, inputChannel: row }
}

const perChannel =
  (values: ArrayLike<number>, factor = 1) =>
  (channel: number): number =>
    factor * values[values.length === 1 ? 0 : channel]!

/** Conv, ConvTranspose or Gemm with constant parameters. */
function oneNode(graph: Graph, node: Node): LinearNode | Reason {
  const weight = weightOf(graph, node)
  if (typeof weight === 'string') return weight
  const values = valuesOf(graph, node.inputs[2])
  if (node.inputs[2] && !values) return `the bias of ${node.name} is not constant`
  const beta = node.op === 'Gemm' ? attributes.float(node, 'beta', 1) : 1
  const one = node.op === 'Gemm' ? { beta: floatAttribute(1) } : {}
  return {
    nodes: [node],
    input: node.inputs[0]!,
    weight,
    bias: values && perChannel(values, beta),
    ...channelsOf(node, weight.dims, attributes.int(node, 'group', 1)),
    rebuilt: (w, b) => ({
      ...node,
      inputs: [node.inputs[0]!, w, b],
      attributes: { ...node.attributes, ...one },
    }),
  }
}

/** MatMul of a matrix of samples with a constant matrix, and the Add of its bias where there is one: a Gemm. */
function matrixProduct(graph: Graph, node: Node, addition: Node | null): LinearNode | Reason {
  const weight = weightOf(graph, node)
  if (typeof weight === 'string') return weight
  const values =
    addition &&
    valuesOf(
      graph,
      addition.inputs.find((name) => name !== node.outputs[0]),
    )
  const [last = node] = addition ? [addition] : []
  return {
    nodes: addition ? [node, addition] : [node],
    input: node.inputs[0]!,
    weight,
    bias: values && perChannel(values),
    ...channelsOf(node, weight.dims, 1),
    rebuilt: (w, b) => ({ ...node, op: 'Gemm', inputs: [node.inputs[0]!, w, b], outputs: last.outputs }),
  }
}

/** MatMul works on the last axis and a batch norm on the second: they agree on matrices alone. */
const isOfMatrices = (node: Node, rank: (tensor: string) => number | undefined): boolean =>
  rank(node.inputs[0]!) === 2 && rank(node.inputs[1]!) === 2

/** The linear operator that computes `tensor`, or why there is none that a batch norm can be merged with. */
export function linearNodeOf(
  graph: Graph,
  tensor: string,
  rank: (tensor: string) => number | undefined,
): LinearNode | Reason {
  const node = graph.nodes.find(({ outputs }) => outputs.includes(tensor))
  const product = node?.op === 'Add' ? biasedProduct(graph, node) : null
  if (product && isOfMatrices(product, rank)) return matrixProduct(graph, product, node!)
  if (node?.op === 'MatMul' && isOfMatrices(node, rank)) return matrixProduct(graph, node, null)
  if (!node || node.op === 'MatMul' || !(mergeable as readonly string[]).includes(node.op))
    return `${node?.op ?? 'an input'} is before it, not ${mergeable.join(', ')} on channels`
  return oneNode(graph, node)
}

/** The linear operator that a node begins, the Add of its bias included, or why there is none. */
export function linearNodeAt(
  graph: Graph,
  node: Node,
  rank: (tensor: string) => number | undefined,
): LinearNode | Reason {
  const addition = graph.nodes.find((other) => other.op === 'Add' && biasedProduct(graph, other) === node)
  return linearNodeOf(graph, (addition ?? node).outputs[0]!, rank)
}

/** The MatMul whose result an Add of a constant vector is the only one to read. */
function biasedProduct(graph: Graph, addition: Node): Node | null {
  const product = graph.nodes.find(
    ({ op, outputs }) => op === 'MatMul' && addition.inputs.includes(outputs[0]!),
  )
  if (!product) return null
  const bias = addition.inputs.find((name) => name !== product.outputs[0])
  const isVector = bias !== undefined && (graph.initializers.get(bias)?.dims.length ?? 2) < 2
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(product.outputs[0]!))
  return isVector && valuesOf(graph, bias) && readers.length === 1 ? product : null
}
