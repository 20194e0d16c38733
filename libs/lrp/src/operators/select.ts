import type { Emitter } from '../compile/emitter.ts'
import { allNonNegative, operandPositions, toOperand } from './operands.ts'
import type { Operator } from './operator.ts'

/** Relevance of the output where a branch was taken, zero elsewhere. */
const taken = (emitter: Emitter, condition: string, r: string, position: number): string => {
  const zero = emitter.scalar(0)
  return emitter.op('Where', position === 1 ? [condition, r, zero] : [condition, zero, r])
}

/** Where: each branch gets the relevance of the elements that were taken from it; the condition gets none. */
export const where: Operator = {
  op: 'Where',
  type: () => null,
  gradient: (emitter, layer, r) =>
    operandPositions(layer, emitter.facts).map((position) => {
      const value = taken(emitter, layer.node.inputs[0]!, r.value, position)
      return toOperand(emitter, { value, factor: r.factor }, layer.output, layer.node.inputs[position]!)
    }),
  nonNegative: (layer, inputs, facts) =>
    allNonNegative({ node: { ...layer.node, inputs: layer.node.inputs.slice(1) } }, inputs, facts),
}
