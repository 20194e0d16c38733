import type { Graph, Node } from '@crp-serve/onnx'
import { descendants, inputName } from './evaluate.ts'
import type { Rule } from './rules.ts'

/** Rule of every node, as `explain` asks for it. */
export type Rules = (node: Node, index: number) => Rule | null

/** What a graph does not tell by itself. */
export interface CompositeOptions {
  /** Name of the first layer; default: the first convolution or fully connected layer in graph order. */
  readonly first?: string
  /** Rule of an addition of two tensors; default `norm`. The un-canonized peer has `gradient`. */
  readonly sum?: Rule
  /** Whether a ReduceMean is an average pool (rule `norm`) or a plain mean (gradient); default: by its metadata. */
  readonly isAveragePool?: (node: Node) => boolean
}

const isConvolution = (node: Node): boolean => node.op === 'Conv' || node.op === 'ConvTranspose'

/** Fully connected layers: Gemm, and MatMul with one constant factor. */
const isLinear = (node: Node, dynamic: ReadonlySet<string>): boolean =>
  node.op === 'Gemm' || (node.op === 'MatMul' && node.inputs.slice(0, 2).some((name) => !dynamic.has(name)))

/** An exporter that writes pooling modules as ReduceMean leaves the module's class in the metadata. */
const looksLikeAveragePool = (node: Node): boolean =>
  Object.values(node.metadata).some((value) => /AvgPool/.test(value))

/** Rules of the nodes that all composites of zennit agree on; undefined for convolutions and linear layers. */
function commonRule(node: Node, dynamic: ReadonlySet<string>, options: CompositeOptions): Rule | null {
  switch (node.op) {
    case 'Relu':
    case 'Sigmoid':
    case 'Clip':
    case 'BatchNormalization':
      return { name: 'pass' }
    case 'Add':
      return node.inputs.every((name) => dynamic.has(name)) ? (options.sum ?? { name: 'norm' }) : null
    case 'ReduceSum':
    case 'AveragePool':
    case 'GlobalAveragePool':
      return { name: 'norm' }
    case 'ReduceMean':
      return (options.isAveragePool ?? looksLikeAveragePool)(node) ? { name: 'norm' } : null
    default:
      return null
  }
}

/** epsilon_plus: z_plus on convolutions, epsilon on fully connected layers. */
export function epsilonPlus(graph: Graph, options: CompositeOptions = {}): Rules {
  const dynamic = descendants(graph.nodes, inputName(graph))
  return (node) => {
    if (isConvolution(node)) return { name: 'z_plus' }
    if (isLinear(node, dynamic)) return { name: 'epsilon' }
    return commonRule(node, dynamic, options)
  }
}

/** epsilon_plus_flat: epsilon_plus with `flat` on the first convolution or fully connected layer. */
export function epsilonPlusFlat(graph: Graph, options: CompositeOptions = {}): Rules {
  const dynamic = descendants(graph.nodes, inputName(graph))
  const first =
    options.first ?? graph.nodes.find((node) => isConvolution(node) || isLinear(node, dynamic))?.name
  const rest = epsilonPlus(graph, options)
  return (node, index) => (node.name === first ? { name: 'flat' } : rest(node, index))
}

/** gradient: the exact gradient of every node. */
export const gradient = (): Rules => () => null
