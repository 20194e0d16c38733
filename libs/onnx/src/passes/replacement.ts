import { type PlainAttribute, toAttribute } from '../graph/attributes.ts'
import { int64 } from '../graph/constants.ts'
import type { Attribute, Constant, Graph, Node } from '../graph/types.ts'

/**
 * The nodes that stand in for one node of a graph. One of them keeps the node's name and metadata (its module path),
 * so that the layer is called as before; the others are named after it and carry no metadata.
 */
export class Replacement {
  readonly nodes: Node[] = []
  readonly initializers = new Map<string, Constant>()
  readonly #node: Node
  readonly #counts = new Map<string, number>()

  constructor(node: Node) {
    this.#node = node
  }

  /** Emits a node with one output and returns that tensor's name. */
  op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, PlainAttribute>> = {},
  ): string {
    const output = this.#fresh(op)
    const given = Object.entries(attributes).map(([name, value]): [string, Attribute] => [
      name,
      toAttribute(value),
    ])
    const name = `${this.#node.name}/${output.slice(this.#node.outputs[0]!.length + 1)}`
    const common = { op, domain: '', metadata: {}, attributes: Object.fromEntries(given) }
    this.nodes.push({ ...common, name, inputs, outputs: [output] })
    return output
  }

  /** A constant of the replaced node. */
  constant(hint: string, value: Constant): string {
    const name = this.#fresh(hint)
    this.initializers.set(name, value)
    return name
  }

  /** A vector of int64 constants: axes, shapes, indices. */
  ints(values: readonly number[], hint = 'ints'): string {
    return this.constant(hint, int64(values))
  }

  /** Emits the node itself with the given changes. */
  keep(changes: Partial<Pick<Node, 'op' | 'inputs' | 'attributes'>>): void {
    this.nodes.push({ ...this.#node, ...changes })
  }

  /**
   * Makes `tensor` the replaced node's output, and the node that computes `main` (the same tensor, unless something
   * follows it) the one that keeps the name and metadata.
   */
  finish(tensor: string, main = tensor): void {
    const { name, metadata, outputs } = this.#node
    const makes = (node: Node, made: string) => node.outputs[0] === made
    for (const [i, node] of this.nodes.entries()) {
      this.nodes[i] = {
        ...node,
        ...(makes(node, main) ? { name, metadata } : {}),
        inputs: node.inputs.map((read) => (read === tensor ? outputs[0]! : read)),
        outputs: makes(node, tensor) ? [outputs[0]!] : node.outputs,
      }
    }
  }

  /** A name that is made of the replaced node's output. */
  #fresh(hint: string): string {
    const count = this.#counts.get(hint) ?? 0
    this.#counts.set(hint, count + 1)
    return `${this.#node.outputs[0]}/${hint}${count === 0 ? '' : `_${count}`}`
  }
}

/** The graph with other nodes in the place of some. */
export function withReplacements(graph: Graph, replacements: ReadonlyMap<Node, Replacement>): Graph {
  if (replacements.size === 0) return graph
  const initializers = new Map(graph.initializers)
  for (const { initializers: own } of replacements.values())
    for (const [name, value] of own) initializers.set(name, value)
  const nodes = graph.nodes.flatMap((node) => replacements.get(node)?.nodes ?? [node])
  return { ...graph, nodes, initializers }
}
