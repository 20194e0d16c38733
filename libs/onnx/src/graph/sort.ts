import type { Graph, Node } from './types.ts'
import { append, producers, reads } from './uses.ts'

/** Whether every node stands behind the nodes that it reads from. */
function isSorted(graph: Graph): boolean {
  const made = producers(graph)
  const done = new Set<Node>()
  for (const node of graph.nodes) {
    for (const name of reads(node)) {
      const maker = made.get(name)
      if (maker !== undefined && !done.has(maker)) return false
    }
    done.add(node)
  }
  return true
}

/**
 * Nodes in topological order; nodes that are in order already keep it (Kahn's algorithm, first come first served).
 * Nodes on a cycle come last and unordered: `findProblems` names them.
 */
export function sortNodes(graph: Graph): Graph {
  if (isSorted(graph)) return graph
  const made = producers(graph)
  const waiting = new Map<Node, number>()
  const readers = new Map<Node, Node[]>()
  for (const node of graph.nodes) {
    const makers = new Set(reads(node).flatMap((name) => made.get(name) ?? []))
    waiting.set(node, makers.size)
    for (const maker of makers) append(readers, maker, node)
  }
  const ready = graph.nodes.filter((node) => waiting.get(node) === 0)
  for (const node of ready) {
    for (const reader of readers.get(node) ?? []) {
      const left = waiting.get(reader)! - 1
      waiting.set(reader, left)
      if (left === 0) ready.push(reader)
    }
  }
  const sorted = new Set(ready)
  return { ...graph, nodes: [...ready, ...graph.nodes.filter((node) => !sorted.has(node))] }
}
