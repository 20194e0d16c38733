import type { Emitter } from '../compile/emitter.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import { allNonNegative, negated, operandPositions, times, toOperand } from './operands.ts'
import type { Operator } from './operator.ts'

/** What one operand of a layer gets, given its position among the node's inputs. */
type Share = (emitter: Emitter, layer: Layer, r: Relevance, position: number) => Relevance

/** An element-wise operator of two operands that broadcast. */
const binary = (op: string, share: Share): Operator => ({
  op,
  type: () => null,
  gradient: (emitter, layer, r) =>
    operandPositions(layer, emitter.facts).map((position) => {
      const part = share(emitter, layer, r, position)
      return toOperand(emitter, part, layer.output, layer.node.inputs[position]!)
    }),
  nonNegative: allNonNegative,
})

/**
 * Product with a constant or of two activations (a gate and its signal, as in squeeze-and-excitation). Its gradient
 * gives each factor the relevance times the other one; relevance that is proportional to value times gradient then
 * counts twice. That is the exact gradient that the peers use where no rule is named.
 */
export const mul = binary('Mul', (emitter, layer, r, position) =>
  times(emitter, r, layer.node.inputs[1 - position]!, layer.output),
)

/** r / b for the numerator. */
const overDenominator = (emitter: Emitter, r: Relevance, b: string): Relevance =>
  r.factor === null ? plain(emitter.div(r.value, b)) : { value: r.value, factor: emitter.div(r.factor, b) }

/** Quotient y = a / b with a constant or of two activations: r / b for a, -r * y / b for b. */
export const div = binary('Div', (emitter, layer, r, position) => {
  const denominator = layer.node.inputs[1]!
  if (position === 0) return overDenominator(emitter, r, denominator)
  return negated(emitter, emitter.scale(r, emitter.div(layer.output, denominator)))
})
