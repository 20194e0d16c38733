import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import type { Operator } from './operator.ts'
import { unbroadcast } from './structural.ts'

const sameShape = (facts: GraphFacts, a: string, b: string): boolean =>
  JSON.stringify(facts.type(a).shape) === JSON.stringify(facts.type(b).shape)

/** The gradient of an addition: every summand gets the relevance, summed over the axes along which it was broadcast. */
const toSummands = (emitter: Emitter, layer: Layer, r: Relevance): readonly Relevance[] =>
  layer.inputs.map((input) =>
    sameShape(emitter.facts, input, layer.output)
      ? r
      : plain(unbroadcast(emitter, emitter.materialize(r), layer.output, input)),
  )

/** Addition of activations; one operand may be a constant, and then it is no sum that a composite matches. */
const adding = (op: string): Operator => ({
  op,
  type: (layer) => (layer.inputs.length > 1 ? 'sum' : null),
  gradient: toSummands,
  nonNegative: (layer, inputs) => layer.inputs.length === layer.node.inputs.length && inputs.every(Boolean),
})

/** Residual and other additions (ONNX Add, Sum). The gradient doubles relevance; the rule `norm` shares it out. */
export const add = adding('Add')
export const sum = adding('Sum')

/** ReduceSum as the end of a stack and sum, which is one n-ary addition (semantics.md, section 6). */
export const reduceSum: Operator = {
  op: 'ReduceSum',
  type: () => 'sum',
  gradient: toSummands,
  nonNegative: (_layer, inputs) => inputs.every(Boolean),
  refuse: (layer) => (layer.nodes.length > 1 ? null : 'only the sum of stacked tensors is supported'),
}
