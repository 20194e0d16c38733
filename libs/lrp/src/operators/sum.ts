import type { Emitter } from '../compile/emitter.ts'
import type { Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import { allNonNegative, negated, operandPositions, toOperand } from './operands.ts'
import type { Operator } from './operator.ts'

/** The gradient of an addition: every summand gets the relevance, summed over the axes along which it was broadcast. */
const toSummands = (emitter: Emitter, layer: Layer, r: Relevance): readonly Relevance[] =>
  layer.inputs.map((input) => toOperand(emitter, r, layer.output, input))

/** Addition of activations; one operand may be a constant, and then it is no sum that a composite matches. */
const adding = (op: string): Operator => ({
  op,
  type: (layer) => (layer.inputs.length > 1 ? 'sum' : null),
  gradient: toSummands,
  nonNegative: allNonNegative,
})

/** Residual and other additions (ONNX Add, Sum). The gradient doubles relevance; the rule `norm` shares it out. */
export const add = adding('Add')
export const sum = adding('Sum')

/** A difference is a sum whose second operand is negated (ONNX Sub). */
export const sub: Operator = {
  op: 'Sub',
  type: (layer) => (layer.inputs.length > 1 ? 'sum' : null),
  gradient(emitter, layer, r) {
    const positions = operandPositions(layer, emitter.facts)
    return toSummands(emitter, layer, r).map((part, i) =>
      positions[i] === 1 ? negated(emitter, part) : part,
    )
  },
  nonNegative: () => false,
}

/** `stack` and `sum` over the new axis, which is one n-ary addition (semantics.md, section 6). */
export const stackedSum: Operator = {
  op: 'ReduceSum',
  type: () => 'sum',
  gradient: toSummands,
  nonNegative: (_layer, inputs) => inputs.every(Boolean),
}
