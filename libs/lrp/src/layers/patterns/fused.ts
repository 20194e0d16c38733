import type { Node } from '@crp-serve/onnx'
import type { GraphFacts } from '../../compile/facts.ts'
import { sameShape } from '../../operators/operands.ts'
import type { Operator } from '../../operators/operator.ts'
import { singleNode } from '../through-nodes.ts'
import type { GraphView } from '../view.ts'
import { type Match, matches, type Term } from './match.ts'
import type { LayerPattern } from './pattern.ts'

/** Whether relevance can pass a node by itself. */
function isSupported(node: Node, facts: GraphFacts): boolean {
  const { operator, inputs, output } = singleNode(node, facts)
  if (inputs.length === 0 || !facts.carriesRelevance(output)) return true
  return operator !== null && (operator.refuse?.({ node, inputs, output }, facts) ?? null) === null
}

/** Whether the nodes of a match are a layer: nothing else reads what they compute, and each has a gradient. */
function isLayer({ input, nodes }: Match, output: string, view: GraphView): boolean {
  if (input === null || !sameShape(view.facts, input, output)) return false
  return view.isClosed(nodes, output) && nodes.every((node) => isSupported(node, view.facts))
}

/** Several nodes that match a term are one layer with one input of the output's shape. */
export const fusedLayer =
  (operator: Operator, term: Term): LayerPattern =>
  (last, view) => {
    const output = last.outputs[0]!
    for (const match of matches(term, output, { input: null, nodes: [] }, view)) {
      if (match.nodes.length === 1 || !isLayer(match, output, view)) continue
      const nodes = view.inOrder(match.nodes)
      return { node: last, operator, nodes, named: [last], inputs: [match.input!], output, bias: null }
    }
    return null
  }
