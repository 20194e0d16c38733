import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import { allNonNegative, negated, operandPositions, sameShape, times, toOperand } from './operands.ts'
import type { Operator, Site } from './operator.ts'

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

const gates: readonly string[] = ['Sigmoid', 'HardSigmoid', 'Softmax']

/**
 * The signal of a gated product: the only operand that is not broadcast, else the one that is not computed by a
 * function onto [0, 1].
 */
function signalOf({ inputs, output }: Site, facts: GraphFacts): number | null {
  if (inputs.length !== 2) return null
  const isGate = (name: string) => {
    const producer = facts.graph.nodes.find((node) => node.outputs.includes(name))
    return producer !== undefined && gates.includes(producer.op)
  }
  const whole = inputs.map((name) => sameShape(facts, name, output))
  const open = whole.every(Boolean) ? inputs.map((name) => !isGate(name)) : whole
  return open.filter(Boolean).length === 1 ? open.indexOf(true) : null
}

/**
 * Product with a constant or of two activations (a signal and its gate, as in squeeze-and-excitation). Its gradient
 * gives each factor the relevance times the other one, which a layer that no entry of a composite matches gets, as
 * in the peers: relevance that is value times gradient then counts twice. The rule `pass` is the signal-takes-all
 * rule (Arras et al. 2017, section 3.1; Arras et al. 2019): the signal gets all of it, the gate nothing.
 */
export const mul: Operator = {
  ...binary('Mul', (emitter, layer, r, position) =>
    times(emitter, r, layer.node.inputs[1 - position]!, layer.output),
  ),
  signal: signalOf,
}

/** r / b for the numerator. */
const overDenominator = (emitter: Emitter, r: Relevance, b: string): Relevance =>
  r.factor === null ? plain(emitter.div(r.value, b)) : { value: r.value, factor: emitter.div(r.factor, b) }

/** Quotient y = a / b with a constant or of two activations: r / b for a, -r * y / b for b. */
export const div = binary('Div', (emitter, layer, r, position) => {
  const denominator = layer.node.inputs[1]!
  if (position === 0) return overDenominator(emitter, r, denominator)
  return negated(emitter, emitter.scale(r, emitter.div(layer.output, denominator)))
})
