import { attributes, constants, type Graph, type Node } from '@crp-serve/onnx'
import type { GraphFacts } from '../compile/facts.ts'
import { type UnsupportedNode, unsupported } from '../errors.ts'
import { operators } from '../operators/index.ts'
import type { Draft, Layer } from './layer.ts'
import { nameLayers } from './names.ts'

/** Who produces and who reads each tensor. */
interface Links {
  readonly producer: ReadonlyMap<string, Node>
  readonly consumers: ReadonlyMap<string, readonly Node[]>
}

function linksOf(graph: Graph): Links {
  const producer = new Map<string, Node>()
  const consumers = new Map<string, Node[]>()
  for (const node of graph.nodes) {
    for (const out of node.outputs) producer.set(out, node)
    for (const name of new Set(node.inputs)) consumers.set(name, [...(consumers.get(name) ?? []), node])
  }
  return { producer, consumers }
}

/** The only reader of a tensor that is no graph output, or null. */
function onlyConsumer(graph: Graph, links: Links, tensor: string): Node | null {
  if (graph.outputs.some((output) => output.name === tensor)) return null
  const readers = links.consumers.get(tensor) ?? []
  return readers.length === 1 ? readers[0]! : null
}

/** MatMul with a constant, and the Add of a constant behind it: one fully connected layer. */
function fullyConnected(node: Node, facts: GraphFacts, links: Links): Draft | null {
  const product = node.outputs[0]!
  if (node.op !== 'MatMul' || !node.inputs.some((name) => facts.isConstant(name))) return null
  const next = onlyConsumer(facts.graph, links, product)
  if (next?.op !== 'Add') return null
  const bias = next.inputs.find((name) => name !== product)
  if (bias === undefined || !facts.isConstant(bias)) return null
  const inputs = node.inputs.filter((name) => facts.carriesRelevance(name))
  return { node, nodes: [node, next], named: [node, next], inputs, output: next.outputs[0]!, bias }
}

/** Axes given by a constant second input (Unsqueeze and ReduceSum from opset 13 on), or null. */
function constantAxes(node: Node, facts: GraphFacts): readonly number[] | null {
  const constant = facts.constant(node.inputs[1] ?? '')
  return constant ? Array.from(constants.toNumbers(constant)) : null
}

/** `torch.stack(...).sum(axis)`: Unsqueeze for each operand, Concat and ReduceSum over the new axis are one sum. */
function stackedSum(reduce: Node, facts: GraphFacts, links: Links): Draft | null {
  const concat = links.producer.get(reduce.inputs[0]!)
  if (reduce.op !== 'ReduceSum' || concat?.op !== 'Concat') return null
  if (onlyConsumer(facts.graph, links, concat.outputs[0]!) !== reduce) return null
  const rank = facts.rank(concat.outputs[0]!)
  const axis = (attributes.int(concat, 'axis', 0) + rank) % rank
  const onAxis = (node: Node) => {
    const axes = constantAxes(node, facts)
    return axes?.length === 1 && (axes[0]! + rank) % rank === axis
  }
  const stacked = concat.inputs.map((name) => links.producer.get(name))
  const isStack = stacked.every((node) => node?.op === 'Unsqueeze' && onAxis(node))
  if (!isStack || !onAxis(reduce) || attributes.int(reduce, 'keepdims', 1) !== 0) return null
  const unsqueezes = [...new Set(stacked as Node[])]
  return {
    node: reduce,
    nodes: [...unsqueezes, concat, reduce],
    named: [reduce],
    inputs: (stacked as Node[]).map((node) => node.inputs[0]!),
    output: reduce.outputs[0]!,
    bias: null,
  }
}

/** Every pattern that makes one layer of several nodes; the first that fits wins. */
const patterns = [fullyConnected, stackedSum]

const single = (node: Node, facts: GraphFacts): Draft => ({
  node,
  nodes: [node],
  named: [node],
  inputs: node.inputs.filter((name) => facts.carriesRelevance(name)),
  output: node.outputs[0]!,
  bias: null,
})

function drafts(facts: GraphFacts): readonly Draft[] {
  const links = linksOf(facts.graph)
  const fused = new Map<Node, Draft>()
  for (const node of facts.graph.nodes) {
    const draft = patterns.map((pattern) => pattern(node, facts, links)).find((found) => found !== null)
    if (draft) for (const member of draft.nodes) fused.set(member, draft)
  }
  const last = (draft: Draft) => draft.nodes[draft.nodes.length - 1]
  return facts.graph.nodes.flatMap((node) => {
    const draft = fused.get(node) ?? single(node, facts)
    const carries = draft.inputs.length > 0 && facts.carriesRelevance(draft.output)
    return carries && last(draft) === node ? [draft] : []
  })
}

function reasonAgainst(draft: Draft, facts: GraphFacts): string | null {
  const operator = operators.get(draft.node.op)
  if (!operator || draft.node.domain !== '') return 'the operator is not supported'
  return operator.refuse?.({ ...draft, name: '', aliases: [], type: null }, facts) ?? null
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
  return found.map((draft, i) => ({
    ...draft,
    ...names[i]!,
    type: operators.get(draft.node.op)!.type(draft, facts),
  }))
}
