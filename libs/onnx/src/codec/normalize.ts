import { sortNodes } from '../graph/sort.ts'
import type { Attribute, Graph, Node } from '../graph/types.ts'
import { renameReads } from '../graph/uses.ts'

/** Names every node: its own name, else its first output's; a number is added where a name is taken. */
function nameNodes(nodes: readonly Node[]): Node[] {
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  return nodes.map((node) => {
    const wanted = node.name || node.outputs.find((o) => o !== '') || node.op
    let count = counts.get(wanted) ?? 0
    let name = count === 0 ? wanted : `${wanted}_${count}`
    while (taken.has(name)) name = `${wanted}_${++count}`
    taken.add(name)
    counts.set(wanted, count)
    return name === node.name ? node : { ...node, name }
  })
}

/** Reads the initializer itself where a node reads an Identity of it; such Identity nodes go. */
function aliasConstants(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map((o) => o.name))
  const alias = new Map<string, string>()
  const nodes: Node[] = []
  for (const node of graph.nodes) {
    const from = alias.get(node.inputs[0] ?? '') ?? node.inputs[0] ?? ''
    const to = node.outputs[0] ?? ''
    if (node.op === 'Identity' && graph.initializers.has(from) && !outputs.has(to)) alias.set(to, from)
    else nodes.push(node)
  }
  return alias.size === 0 ? graph : { ...graph, nodes: nodes.map((node) => renameReads(node, alias)) }
}

function normalizeInside(node: Node): Node {
  if (!Object.values(node.attributes).some((a) => a.kind === 'graph')) return node
  const attributes = Object.entries(node.attributes).map(([key, a]): [string, Attribute] => [
    key,
    a.kind === 'graph' ? { kind: 'graph', value: normalize(a.value) } : a,
  ])
  return { ...node, attributes: Object.fromEntries(attributes) }
}

/**
 * The form that all passes expect: nodes in topological order with unique names, no Identity of an initializer.
 * The same model always gives the same names.
 */
export function normalize(graph: Graph): Graph {
  const inner: Graph = { ...graph, nodes: graph.nodes.map(normalizeInside) }
  const sorted = sortNodes(inner)
  return aliasConstants({ ...sorted, nodes: nameNodes(sorted.nodes) })
}
