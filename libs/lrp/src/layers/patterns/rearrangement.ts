import type { Node } from '@crp-serve/onnx'
import { keepsSign } from '../../operators/operands.ts'
import { misshapen } from '../rows.ts'
import { fused } from '../through-nodes.ts'
import type { GraphView } from '../view.ts'
import type { LayerPattern } from './pattern.ts'

const movers: readonly string[] = ['Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten']

const operator = fused('Rearrangement', null, keepsSign)

/** The nodes from a tensor back to the nearest one with a row for each sample, or null where others lie between. */
function backToRows(tensor: string, view: GraphView): readonly Node[] | null {
  if (misshapen(tensor, view.facts) === null) return []
  const node = view.producer(tensor)
  if (!node || !movers.includes(node.op)) return null
  const before = backToRows(node.inputs[0]!, view)
  return before && [...before, node]
}

/**
 * Reshapes and transpositions that put the batch elsewhere and bring it back are one rearrangement of each sample:
 * PyTorch's exporter transposes the keys of an attention with the heads folded into the batch.
 */
export const rearrangement: LayerPattern = (last, view) => {
  const output = last.outputs[0]!
  if (!movers.includes(last.op) || misshapen(output, view.facts) !== null) return null
  if (misshapen(last.inputs[0]!, view.facts) === null) return null
  const before = backToRows(last.inputs[0]!, view)
  if (before === null || before.length === 0) return null
  const nodes = [...before, last]
  if (!view.isClosed(nodes, output)) return null
  return { node: last, operator, nodes, named: [last], inputs: [before[0]!.inputs[0]!], output, bias: null }
}
