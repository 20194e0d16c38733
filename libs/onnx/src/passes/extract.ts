import type { Graph, Node, ValueInfo } from '../graph/types.ts'
import { producers, reads } from '../graph/uses.ts'

/** The nodes that given tensors need, in graph order. */
function needed(graph: Graph, tensors: readonly string[]): readonly Node[] {
  const made = producers(graph)
  const found = new Set<Node>()
  const waiting = [...tensors]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = made.get(name)
    if (node === undefined || found.has(node)) continue
    found.add(node)
    waiting.push(...reads(node))
  }
  return graph.nodes.filter((node) => found.has(node))
}

/**
 * The part of a graph that computes the given outputs: nodes and initializers that they do not need go. Graph inputs
 * stay, needed or not, so that the graph is called in the same way, unless `dropInputs` says otherwise.
 */
export function extract(
  graph: Graph,
  outputs: readonly ValueInfo[],
  options: { readonly dropInputs?: boolean } = {},
): Graph {
  const names = outputs.map((o) => o.name)
  const nodes = needed(graph, names)
  const used = new Set([...names, ...nodes.flatMap((node) => reads(node))])
  const initializers = new Map([...graph.initializers].filter(([name]) => used.has(name)))
  const inputs = options.dropInputs ? graph.inputs.filter((i) => used.has(i.name)) : graph.inputs
  return { ...graph, inputs, outputs, nodes, initializers }
}

/** Removes nodes and initializers that no graph output needs. */
export const prune = (graph: Graph): Graph => extract(graph, graph.outputs)
