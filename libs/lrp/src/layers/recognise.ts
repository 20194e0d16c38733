import type { Node } from '@crp-serve/onnx'
import type { GraphFacts } from '../compile/facts.ts'
import { type UnsupportedNode, unsupported } from '../errors.ts'
import type { Draft, Layer } from './layer.ts'
import { nameLayers } from './names.ts'
import { patterns } from './patterns/index.ts'
import { misshapen } from './rows.ts'
import { singleNode } from './through-nodes.ts'
import { GraphView } from './view.ts'

/**
 * The layers of several nodes, by each of their nodes. Nodes are tried from the last one on, so that a pattern
 * takes its parts before they are taken for layers of their own.
 */
function fusedDrafts(facts: GraphFacts): ReadonlyMap<Node, Draft> {
  const view = new GraphView(facts)
  const taken = new Map<Node, Draft>()
  const find = (node: Node) =>
    patterns
      .map((pattern) => pattern(node, view))
      .find((draft) => draft?.nodes.every((member) => !taken.has(member)))
  for (const node of [...facts.graph.nodes].reverse()) {
    const draft = taken.has(node) ? undefined : find(node)
    for (const member of draft?.nodes ?? []) taken.set(member, draft!)
  }
  return taken
}

/** One layer for each output of a Split; the second and later ones have a number behind their name. */
function splitDrafts(node: Node, facts: GraphFacts): readonly Draft[] {
  return node.outputs.map((output, i) => {
    const name = i === 0 ? node.name : `${node.name}:${i}`
    return { ...singleNode(node, facts), output, named: [{ ...node, name, outputs: [output] }] }
  })
}

const draftsOf = (node: Node, facts: GraphFacts): readonly Draft[] =>
  node.op === 'Split' ? splitDrafts(node, facts) : [singleNode(node, facts)]

/** Everything that relevance may have to pass: what depends on the input and is no whole number. */
function drafts(facts: GraphFacts): readonly Draft[] {
  const fused = fusedDrafts(facts)
  const found = facts.graph.nodes.flatMap((node) => {
    const draft = fused.get(node)
    if (!draft) return draftsOf(node, facts)
    return draft.nodes.at(-1) === node ? [draft] : []
  })
  return found.filter(({ inputs, output }) => inputs.length > 0 && isReal(output, facts))
}

const realTypes: readonly string[] = ['float32', 'float64', 'float16', 'bfloat16']

const isReal = (tensor: string, facts: GraphFacts): boolean =>
  tensor !== '' && !facts.isConstant(tensor) && realTypes.includes(facts.type(tensor).dataType)

function reasonAgainst(draft: Draft, facts: GraphFacts): string | null {
  if (!draft.operator) return 'the operator is not supported'
  const { dataType } = facts.type(draft.output)
  if (dataType !== 'float32') return `it computes in ${dataType}`
  const shape = [...draft.inputs, draft.output]
    .map((tensor) => misshapen(tensor, facts))
    .find((reason) => reason !== null)
  return shape ?? draft.operator.refuse?.(draft, facts) ?? null
}

/** Every node that relevance would have to pass and cannot, with the reason. */
export function unsupportedNodes(facts: GraphFacts): readonly UnsupportedNode[] {
  return drafts(facts).flatMap((draft) => {
    const reason = reasonAgainst(draft, facts)
    return reason === null ? [] : [{ node: draft.node.name, op: draft.node.op, reason }]
  })
}

/**
 * The layers of a canonized model in topological order. Throws `model-not-supported` naming every node that
 * relevance cannot pass.
 */
export function recogniseLayers(facts: GraphFacts): readonly Layer[] {
  const refused = unsupportedNodes(facts)
  if (refused.length > 0) throw unsupported(refused)
  const found = drafts(facts)
  const names = nameLayers(facts.graph, found)
  return found.map((draft, i) => {
    const operator = draft.operator!
    const signal = operator.signal?.(draft, facts) ?? null
    return { ...draft, ...names[i]!, operator, type: operator.type(draft, facts), signal }
  })
}
