import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import { operatorFor } from '../operators/index.ts'
import type { Contributions, Operator } from '../operators/operator.ts'
import type { Draft, Layer, LayerType } from './layer.ts'

/** One node as a layer of its own. */
export function singleNode(node: Layer['node'], facts: GraphFacts): Draft {
  const inputs = node.inputs.filter((name) => name !== '' && facts.carriesRelevance(name))
  const operator = operatorFor(node, inputs.length)
  return { node, operator, nodes: [node], named: [node], inputs, output: node.outputs[0]!, bias: null }
}

const unnamed = (draft: Draft): Layer => ({
  ...draft,
  operator: draft.operator!,
  name: '',
  aliases: [],
  type: null,
  signal: null,
  obstacle: null,
})

/**
 * The exact gradient of a layer of several nodes: the vector-Jacobian products of its nodes, from its output to
 * its inputs (the chain rule).
 */
export function gradientThroughNodes(emitter: Emitter, layer: Layer, r: Relevance): Contributions {
  const pending = new Map<string, readonly Relevance[]>([[layer.output, [r]]])
  for (const node of [...layer.nodes].reverse()) {
    const arrived = pending.get(node.outputs[0]!)
    const step = unnamed(singleNode(node, emitter.facts))
    if (!arrived || step.inputs.length === 0) continue
    const parts = step.operator.gradient(emitter, step, emitter.total(arrived))
    for (const [i, part] of parts.entries()) {
      const tensor = step.inputs[i]!
      if (part) pending.set(tensor, [...(pending.get(tensor) ?? []), part])
    }
  }
  return layer.inputs.map((name) => {
    const arrived = pending.get(name)
    return arrived ? emitter.total(arrived) : null
  })
}

/** A layer of several nodes whose gradient is the chain of theirs. */
export const fused = (
  op: string,
  type: LayerType | null,
  nonNegative: Operator['nonNegative'],
  gradient: Operator['gradient'] = gradientThroughNodes,
): Operator => ({ op, type: () => type, gradient, nonNegative })

/**
 * An activation of several nodes. It works element by element, so that its derivative is a tensor of the forward
 * pass: the chain is walked once per sample and not once per row.
 */
export const fusedActivation = (op: string, nonNegative: Operator['nonNegative']): Operator =>
  fused(op, 'activation', nonNegative, (emitter, layer, r) => {
    const [slope] = gradientThroughNodes(emitter, layer, plain(emitter.scalar(1)))
    return [slope ? emitter.scale(r, emitter.materialize(slope)) : null]
  })
