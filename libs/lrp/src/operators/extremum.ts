import type { Emitter } from '../compile/emitter.ts'
import type { Layer } from '../layers/layer.ts'
import { allNonNegative, numberOf, operandPositions, toOperand } from './operands.ts'
import type { Operator } from './operator.ts'
import { asFloat } from './pointwise.ts'

/** Share of every operand in an element-wise extremum: one where it is the extremum, parts of one where several are. */
function winners(emitter: Emitter, { node, output }: Layer): readonly string[] {
  const wins = node.inputs.map((name) => asFloat(emitter, emitter.op('Equal', [name, output])))
  const count = wins.reduce((a, b) => emitter.add(a, b))
  return wins.map((win) => emitter.div(win, count))
}

/** Element-wise extremum of activations and constants: relevance goes to the winner; ties share it equally (as torch). */
const extremum = (op: string, nonNegative: Operator['nonNegative']): Operator => ({
  op,
  type: () => null,
  gradient(emitter, layer, r) {
    const shares = winners(emitter, layer)
    return operandPositions(layer, emitter.facts).map((position) => {
      const part = emitter.scale(r, shares[position]!)
      return toOperand(emitter, part, layer.output, layer.node.inputs[position]!)
    })
  },
  nonNegative,
})

/** Max of tensors (ONNX Max). */
export const max = extremum(
  'Max',
  ({ node }, inputs, facts) =>
    inputs.some(Boolean) || node.inputs.some((name) => (numberOf(facts, name) ?? -1) >= 0),
)

/** Min of tensors (ONNX Min). */
export const min = extremum('Min', allNonNegative)
