import type { Node } from '@crp-serve/onnx'
import type { GraphFacts } from '../compile/facts.ts'

/** A graph as patterns look at it: who makes each tensor, and who reads it. */
export class GraphView {
  readonly facts: GraphFacts
  readonly #producers = new Map<string, Node>()
  readonly #consumers = new Map<string, Node[]>()
  readonly #outputs: ReadonlySet<string>

  constructor(facts: GraphFacts) {
    const { nodes, outputs } = facts.graph
    this.facts = facts
    this.#outputs = new Set(outputs.map((output) => output.name))
    for (const node of nodes) {
      for (const out of node.outputs) this.#producers.set(out, node)
      for (const name of new Set(node.inputs)) {
        this.#consumers.set(name, [...(this.#consumers.get(name) ?? []), node])
      }
    }
  }

  /** The node that computes a tensor, or undefined for an input or initializer. */
  producer(tensor: string): Node | undefined {
    return this.#producers.get(tensor)
  }

  /** The only reader of a tensor that is no graph output, or null. */
  onlyConsumer(tensor: string): Node | null {
    const readers = this.#consumers.get(tensor) ?? []
    return readers.length === 1 && !this.#outputs.has(tensor) ? readers[0]! : null
  }

  /** Whether nothing but `nodes` reads what they compute, `output` aside. */
  isClosed(nodes: readonly Node[], output: string): boolean {
    const members = new Set(nodes)
    const inner = nodes.flatMap((node) => node.outputs).filter((name) => name !== output && name !== '')
    return inner.every(
      (name) =>
        !this.#outputs.has(name) && (this.#consumers.get(name) ?? []).every((reader) => members.has(reader)),
    )
  }

  /** Nodes in the order of the graph. */
  inOrder(nodes: Iterable<Node>): readonly Node[] {
    const members = new Set(nodes)
    return this.facts.graph.nodes.filter((node) => members.has(node))
  }
}
