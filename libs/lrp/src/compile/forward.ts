import { GraphBuilder, type Model, type Node } from '@crp-serve/onnx'
import { type Explainable, probabilityNode } from '../explainable.ts'
import { addBatchedProduct, isTokenProduct } from './batched-product.ts'
import type { GraphFacts } from './facts.ts'
import { type ReductionOp, reduced, reductionOf } from './reduction.ts'
import { addProduct, isOneRow } from './row-product.ts'
import { addFunction, addInstanceNorm } from './settled-function.ts'
import { addConvolution } from './steady-convolution.ts'

/** Adds a reduction in the form whose rows do not depend on each other; false for other nodes. */
function addReduction(b: GraphBuilder, node: Node, facts: GraphFacts): boolean {
  const reduction = reductionOf(node, facts)
  if (reduction === null) return false
  const inputs = [reduced(b, node.op as ReductionOp, node.inputs[0]!, reduction)]
  b.add({ ...node, op: 'Identity', inputs, attributes: {} })
  return true
}

const adders = [addProduct, addBatchedProduct, addConvolution, addReduction, addFunction, addInstanceNorm]

/**
 * A builder that holds the forward pass, tensor for tensor. Products, convolutions, reductions and some functions are in forms whose rows do not
 * depend on each other, so that a result is the same to the bit in whatever batch it travels.
 */
export function withForwardPass({ model, facts }: Pick<Explainable, 'model' | 'facts'>): GraphBuilder {
  const b = new GraphBuilder()
  for (const [name, constant] of model.graph.initializers) b.initializer(name, constant)
  for (const { name, dataType, shape } of model.graph.inputs) b.input(name, dataType, shape ?? [])
  // The model's names are its own, also those of nodes that come later than what is emitted here.
  for (const name of model.graph.nodes.flatMap((node) => node.outputs)) if (name !== '') b.fresh(name)
  for (const node of model.graph.nodes) if (!adders.some((add) => add(b, node, facts))) b.add(node)
  return b
}

/**
 * Whether the model multiplies several rows of each sample by one constant matrix, as linear layers on tokens do. Its results are the
 * same bits in every batch only where sessions of its graphs pack constant matrices.
 */
export const multipliesTokens = ({ model, facts }: Pick<Explainable, 'model' | 'facts'>): boolean =>
  model.graph.nodes.some((node) => isTokenProduct(node, facts) && !isOneRow(facts, node.inputs[0]!))

/**
 * The model that predicts: the forward pass alone, in the forms of `withForwardPass`. Outputs are the explained one and, where the model
 * goes on behind them, the logits.
 */
export function predictionModel(explainable: Pick<Explainable, 'model' | 'facts'>): Model {
  const { model } = explainable
  const b = withForwardPass(explainable)
  for (const { name, dataType, shape } of model.graph.outputs) b.output(name, name, dataType, shape)
  const last = probabilityNode(model)
  if (last) b.output(last.inputs[0]!, last.inputs[0]!, 'float32', null)
  return { ...model, graph: b.build('prediction') }
}
