import { attributes, type Node } from '@crp-serve/onnx'
import type { GraphFacts } from '../../compile/facts.ts'
import { numbersOf } from '../../operators/operands.ts'
import { stackedSum as operator } from '../../operators/sum.ts'
import type { LayerPattern } from './pattern.ts'

/** Whether a node works on exactly that axis (Unsqueeze and ReduceSum, from opset 13 on). */
function onAxis(node: Node | undefined, axis: number, rank: number, facts: GraphFacts): boolean {
  const axes = numbersOf(facts, node?.inputs[1])
  return axes?.length === 1 && (axes[0]! + rank) % rank === axis
}

/** `torch.stack(...).sum(axis)`: Unsqueeze for each operand, Concat and ReduceSum over the new axis are one sum. */
export const stackedSum: LayerPattern = (last, view) => {
  const { facts } = view
  const concat = view.producer(last.inputs[0] ?? '')
  if (last.op !== 'ReduceSum' || concat?.op !== 'Concat') return null
  const rank = facts.rank(concat.outputs[0]!)
  const axis = (attributes.int(concat, 'axis', 0) + rank) % rank
  if (!onAxis(last, axis, rank, facts) || attributes.int(last, 'keepdims', 1) !== 0) return null
  const stacked = concat.inputs.map((name) => view.producer(name)!)
  if (!stacked.every((node) => node?.op === 'Unsqueeze' && onAxis(node, axis, rank, facts))) return null
  const nodes = view.inOrder([...stacked, concat, last])
  const output = last.outputs[0]!
  if (!view.isClosed(nodes, output)) return null
  const inputs = stacked.map((node) => node.inputs[0]!).filter((name) => facts.carriesRelevance(name))
  return { node: last, operator, nodes, named: [last], inputs, output, bias: null }
}
