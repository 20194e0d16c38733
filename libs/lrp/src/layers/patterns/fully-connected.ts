import { operatorFor } from '../../operators/index.ts'
import type { LayerPattern } from './pattern.ts'

/** MatMul with a constant, and the Add of a constant behind it: one fully connected layer. */
export const fullyConnected: LayerPattern = (last, view) => {
  const { facts } = view
  if (last.op !== 'Add') return null
  const bias = last.inputs.find((name) => facts.isConstant(name))
  const product = last.inputs.find((name) => name !== bias)
  const node = product === undefined ? undefined : view.producer(product)
  if (bias === undefined || node?.op !== 'MatMul') return null
  const inputs = node.inputs.filter((name) => facts.carriesRelevance(name))
  if (inputs.length !== 1 || view.onlyConsumer(product!) !== last) return null
  const operator = operatorFor(node, inputs.length)
  return { node, operator, nodes: [node, last], named: [node, last], inputs, output: last.outputs[0]!, bias }
}
