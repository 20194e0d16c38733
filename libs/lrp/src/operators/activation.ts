import type { Operator } from './operator.ts'

/** Relu: relevance passes where the input is above zero (the derivative at zero is zero). */
export const relu: Operator = {
  op: 'Relu',
  type: () => 'activation',
  gradient: (emitter, layer, r) => [emitter.scale(r, emitter.indicator('Greater', layer.inputs[0]!))],
  nonNegative: () => true,
}
