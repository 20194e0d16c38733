import { attributes } from '@crp-serve/onnx'
import type { GraphFacts } from '../compile/facts.ts'
import { plain } from '../compile/relevance.ts'
import { keepsSign, numberOf } from './operands.ts'
import type { Operator, Site } from './operator.ts'

/** The axis that is summed along, counted from the front, or null where it is not constant. */
function axisOf({ node, output }: Site, facts: GraphFacts): number | null {
  const rank = facts.rank(output)
  const axis = numberOf(facts, node.inputs[1])
  return axis === null ? null : (axis + rank) % rank
}

/** Sum of everything before and at a position: its transpose sums from the other end. */
export const cumSum: Operator = {
  op: 'CumSum',
  type: () => null,
  gradient(emitter, layer, r) {
    const reverse = 1 - attributes.int(layer.node, 'reverse', 0)
    const exclusive = attributes.int(layer.node, 'exclusive', 0)
    const axis = layer.node.inputs[1]!
    return [plain(emitter.op('CumSum', [emitter.materialize(r), axis], { reverse, exclusive }))]
  },
  nonNegative: keepsSign,
  refuse(layer, facts) {
    const axis = axisOf(layer, facts)
    if (axis === null) return 'its axis is not constant'
    return axis === 0 ? 'it sums along the batch' : null
  },
}
