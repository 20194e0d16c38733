import { attributes, type Graph, type Node, type TensorType } from '@crp-serve/onnx'

type Types = ReadonlyMap<string, TensorType>

/** Number of elements for one row of the batch; NaN where the type is not known. */
function elements(types: Types, tensor: string): number {
  const type = types.get(tensor)
  if (!type) return Number.NaN
  return type.shape.reduce<number>((n, dim) => n * (typeof dim === 'number' ? dim : dim.batch), 1)
}

const dim = (types: Types, tensor: string, axis: number): number => {
  const size = types.get(tensor)?.shape.at(axis)
  return typeof size === 'number' ? size : Number.NaN
}

/** Multiplications per output element of a convolution: kernel size times input channels of a group. */
const perConvOutput = (types: Types, node: Node) =>
  elements(types, node.inputs[1]!) / dim(types, node.inputs[1]!, 0)

const innerAxis = (node: Node) => (attributes.int(node, 'transA', 0) === 1 ? 0 : -1)

/** Multiply-accumulates of one row, by operator; all others count nothing. */
const counters: Readonly<Record<string, (node: Node, types: Types) => number>> = {
  Conv: (node, types) => elements(types, node.outputs[0]!) * perConvOutput(types, node),
  ConvTranspose: (node, types) => elements(types, node.inputs[0]!) * perConvOutput(types, node),
  Gemm: (node, types) => elements(types, node.outputs[0]!) * dim(types, node.inputs[0]!, innerAxis(node)),
  MatMul: (node, types) => elements(types, node.outputs[0]!) * dim(types, node.inputs[0]!, -1),
}

/** Multiply-accumulates of one node for one row of its batch; NaN where a shape that it needs is not known. */
export const nodeMultiplications = (node: Node, types: Types): number => counters[node.op]?.(node, types) ?? 0

/** Convolutions that add up channels: their weight is a one that is repeated. They multiply nothing. */
function sums(graph: Graph): ReadonlySet<Node> {
  const repeated = new Set(graph.nodes.flatMap(({ op, outputs }) => (op === 'Expand' ? outputs : [])))
  return new Set(graph.nodes.filter(({ op, inputs }) => op === 'Conv' && repeated.has(inputs[1]!)))
}

/** The nodes that depend on an input of the graph: ONNX Runtime computes the others once, when it loads the graph. */
export function nodesOfRuns({ inputs, nodes }: Graph): readonly Node[] {
  const dependent = new Set(inputs.map(({ name }) => name))
  return nodes.filter((node) => {
    if (!node.inputs.some((name) => dependent.has(name))) return false
    for (const output of node.outputs) dependent.add(output)
    return true
  })
}

/**
 * Multiply-accumulates of a graph for one row of its batch: convolutions and matrix products, which are nearly all of
 * the work of a network. NaN where the shape of one of them is not known.
 */
export function multiplications(graph: Graph, types: Types): number {
  const adding = sums(graph)
  return nodesOfRuns(graph)
    .filter((node) => !adding.has(node))
    .reduce((sum, node) => sum + nodeMultiplications(node, types), 0)
}
