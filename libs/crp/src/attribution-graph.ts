import type { ConceptRelevance } from './concepts.ts'
import { withoutTwiceRemoved } from './wiring.ts'

/** A channel of a layer. */
export interface GraphNode {
  readonly layer: string
  readonly concept: number
}

/** How much of a concept's relevance one below it gets. */
export interface GraphEdge {
  readonly source: GraphNode
  readonly target: GraphNode
  readonly relevance: number
}

/** What an attribution graph is of (semantics.md, section 7). */
export interface GraphPlan {
  readonly top: GraphNode
  /** The higher concept that the top one is seen within, or null. */
  readonly parent: GraphNode | null
  /** Whether relevance starts at a class, and not at a concept. */
  readonly hasTarget: boolean
  readonly mode: 'peer' | 'corrected'
  /** The nearest layers upstream of every layer whose concepts can be nodes. */
  readonly inputs: ReadonlyMap<string, readonly string[]>
}

/** The concept whose layer relevance starts at, or null where it starts at a class. */
export const graphStart = ({ top, parent, hasTarget }: GraphPlan): GraphNode | null =>
  hasTarget ? null : (parent ?? top)

/**
 * The channels that stay open while one concept is taken apart. zennit-crp leaves the top concept's condition on at every
 * level where there is no parent; corrected, it stays only where relevance starts from it.
 */
export function graphCondition(node: GraphNode, plan: GraphPlan): readonly GraphNode[] {
  const { top, parent, mode } = plan
  const context = parent ?? (mode === 'peer' ? top : graphStart(plan))
  if (context === null || (context.layer === node.layer && context.concept === node.concept)) return [node]
  return context.layer === node.layer ? [context] : [context, node]
}

/** The relevance of the concepts below one concept, by layer, most relevant first. */
export type Decomposition = ReadonlyMap<string, readonly ConceptRelevance[]>

/** A node as a key of maps. */
export const nodeKey = ({ layer, concept }: GraphNode): string => JSON.stringify([layer, concept])

/** Each node once, in order of first appearance. */
const distinctNodes = (nodes: readonly GraphNode[]): readonly GraphNode[] => [
  ...new Map(nodes.map((node) => [nodeKey(node), node])).values(),
]

/** Grows an attribution graph level by level; concepts of one level are taken apart independently. */
export class AttributionGraph {
  readonly #plan: GraphPlan
  #nodes: readonly GraphNode[]
  #level: readonly GraphNode[]
  /** By source, as zennit-crp groups them. */
  readonly #edges = new Map<string, GraphEdge[]>()

  constructor(plan: GraphPlan) {
    this.#plan = plan
    this.#nodes = [plan.top]
    this.#level = [plan.top]
  }

  /** The concepts to be taken apart next, each once. */
  get frontier(): readonly GraphNode[] {
    return distinctNodes(this.#level)
  }

  /** The layers that a concept of a layer is made of. */
  inputsOf(layer: string): readonly string[] {
    const { inputs, mode } = this.#plan
    return mode === 'peer' ? (inputs.get(layer) ?? []) : withoutTwiceRemoved(layer, inputs)
  }

  /** Adds the level below: what each concept of the frontier is made of. */
  grow(below: (node: GraphNode) => Decomposition): void {
    const corrected = this.#plan.mode === 'corrected'
    const edges = (corrected ? this.frontier : this.#level).flatMap((source) => this.#edgesOf(source, below))
    for (const edge of edges) {
      const key = nodeKey(edge.source)
      this.#edges.set(key, [...(this.#edges.get(key) ?? []), edge])
    }
    const targets = edges.map(({ target }) => target)
    const known = new Set(corrected ? this.#nodes.map(nodeKey) : [])
    this.#level = corrected ? distinctNodes(targets).filter((node) => !known.has(nodeKey(node))) : targets
    this.#nodes = [...this.#nodes, ...this.#level]
  }

  #edgesOf(source: GraphNode, below: (node: GraphNode) => Decomposition): GraphEdge[] {
    const found = below(source)
    return this.inputsOf(source.layer).flatMap((layer) =>
      found.get(layer)!.map(({ index, relevance }) => ({
        source,
        target: { layer, concept: index },
        relevance,
      })),
    )
  }

  /** The graph so far: nodes in order of discovery, edges grouped by their source. */
  result(): { readonly nodes: readonly GraphNode[]; readonly edges: readonly GraphEdge[] } {
    return { nodes: this.#nodes, edges: [...this.#edges.values()].flat() }
  }
}
