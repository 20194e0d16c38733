import type { Node } from '@crp-serve/onnx'
import type { GraphFacts } from '../compile/facts.ts'
import type { UnsupportedNode } from '../errors.ts'
import type { Operator } from '../operators/operator.ts'
import type { Draft, Layer, Obstacle } from './layer.ts'
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

const obstacle = (reason: string, needs: string): Obstacle => ({ reason, needs })

const otherStart = 'a layer before it as the start of the relevance'

/** Why relevance cannot pass a draft, or null. */
function obstacleOf(draft: Draft, facts: GraphFacts): Obstacle | null {
  const { operator, node } = draft
  if (!operator) {
    return obstacle('the operator is not supported', `an implementation of ${node.op}, or ${otherStart}`)
  }
  const { dataType } = facts.type(draft.output)
  if (dataType !== 'float32') return obstacle(`it computes in ${dataType}`, 'an export in float32')
  const shape = [...draft.inputs, draft.output]
    .map((tensor) => misshapen(tensor, facts))
    .find((reason) => reason !== null)
  if (shape) return obstacle(shape, 'an export that keeps the batch on the first axis')
  const reason = operator.refuse?.(draft, facts) ?? null
  return reason === null ? null : obstacle(reason, `${node.op} without that, or ${otherStart}`)
}

/** Stands for the operator of a layer that relevance cannot pass: plans that would pass it are refused before. */
const impassable = (op: string): Operator => ({
  op,
  type: () => null,
  gradient() {
    throw new Error(`relevance was to pass the unsupported operator ${op}`)
  },
  nonNegative: () => false,
})

/** The layers of a canonized model in topological order; those that relevance cannot pass say why. */
export function recogniseLayers(facts: GraphFacts): readonly Layer[] {
  const all = drafts(facts)
  const names = nameLayers(facts.graph, all)
  return all.map((draft, i) => {
    const found = obstacleOf(draft, facts)
    const operator = found ? impassable(draft.node.op) : draft.operator!
    const signal = operator.signal?.(draft, facts) ?? null
    const type = operator.type(draft, facts)
    return { ...draft, ...names[i]!, operator, type, signal, obstacle: found }
  })
}

/** Those of the layers that relevance cannot pass. */
export const unsupportedLayers = (layers: readonly Layer[]): readonly UnsupportedNode[] =>
  layers.flatMap(({ node, obstacle }) => (obstacle ? [{ node: node.name, op: node.op, ...obstacle }] : []))
