import type { Attribute, Graph, Node } from './types.ts'

const isGraph = (a: Attribute): a is Extract<Attribute, { readonly kind: 'graph' }> => a.kind === 'graph'

/** The subgraphs of a node (the bodies of If, Loop and Scan). */
export const subgraphs = (node: Node): readonly Graph[] =>
  Object.values(node.attributes)
    .filter(isGraph)
    .map((a) => a.value)

/** Names that a subgraph reads from the graph around it. */
function capturedBy(graph: Graph): Set<string> {
  const own = new Set([...graph.inputs.map((i) => i.name), ...graph.initializers.keys()])
  for (const node of graph.nodes) for (const name of node.outputs) own.add(name)
  const read = [...graph.nodes.flatMap((node) => reads(node)), ...graph.outputs.map((o) => o.name)]
  return new Set(read.filter((name) => !own.has(name)))
}

/** Every tensor that a node needs: its inputs that are present, and what its subgraphs read from outside. */
export function reads(node: Node): readonly string[] {
  const inputs = node.inputs.filter((name) => name !== '')
  const inner = subgraphs(node)
  return inner.length === 0 ? inputs : [...inputs, ...inner.flatMap((graph) => [...capturedBy(graph)])]
}

/** The node that makes each tensor. Graph inputs and initializers have none. */
export function producers(graph: Graph): ReadonlyMap<string, Node> {
  const made = new Map<string, Node>()
  for (const node of graph.nodes) for (const name of node.outputs) if (name !== '') made.set(name, node)
  return made
}

/** Adds a value to the list of a key. */
export function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

/** The nodes that read each tensor, in graph order; a node that reads it twice is listed once. */
export function consumers(graph: Graph): ReadonlyMap<string, readonly Node[]> {
  const readers = new Map<string, Node[]>()
  for (const node of graph.nodes) {
    for (const name of new Set(reads(node))) {
      append(readers, name, node)
    }
  }
  return readers
}

/** A node that reads `rename.get(name) ?? name` wherever it read `name`, its subgraphs included. */
export function renameReads(node: Node, rename: ReadonlyMap<string, string>): Node {
  const of = (name: string): string => rename.get(name) ?? name
  const attributes = Object.entries(node.attributes).map(([key, a]): [string, Attribute] => [
    key,
    isGraph(a) ? { kind: 'graph', value: renameInGraph(a.value, rename) } : a,
  ])
  return { ...node, inputs: node.inputs.map(of), attributes: Object.fromEntries(attributes) }
}

function renameInGraph(graph: Graph, rename: ReadonlyMap<string, string>): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => renameReads(node, rename)) }
}
