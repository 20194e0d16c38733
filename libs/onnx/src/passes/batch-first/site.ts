import type { Constant, Dim, Model, Node } from '../../graph/types.ts'
import { isFixed } from '../../infer/dims.ts'
import type { InferredTypes } from '../../infer/infer-types.ts'
import type { Replacement } from '../replacement.ts'
import type { Layout } from './layout.ts'

/** How a node works on moved tensors: the layouts of its outputs, and the nodes that compute the moved outputs. */
export interface Rewriting {
  readonly layouts: readonly Layout[]
  readonly write: (into: Replacement) => void
}

/** What becomes of a node some of whose tensors are to be moved; null where it cannot work on moved tensors. */
export type Rule = (site: Site) => Rewriting | null

/** What a rule sees of a node. All types are known. */
export class Site {
  readonly node: Node
  readonly #model: Model
  readonly #inferred: InferredTypes
  readonly #layouts: ReadonlyMap<string, Layout | null>

  constructor(
    node: Node,
    model: Model,
    inferred: InferredTypes,
    layouts: ReadonlyMap<string, Layout | null>,
  ) {
    this.node = node
    this.#model = model
    this.#inferred = inferred
    this.#layouts = layouts
  }

  /** Whether input i is given. */
  has(i: number): boolean {
    return (this.node.inputs[i] ?? '') !== ''
  }

  shape(i: number): readonly Dim[] {
    return this.#inferred.types.get(this.node.inputs[i]!)!.shape
  }

  outputShape(i = 0): readonly Dim[] {
    return this.#inferred.types.get(this.node.outputs[i]!)!.shape
  }

  /** Where input i has its samples; null where it has none: it is the same for every sample. */
  layout(i: number): Layout | null {
    return this.#layouts.get(this.node.inputs[i] ?? '') ?? null
  }

  /** The elements of output i that are known before run time. */
  outputElements(i = 0): readonly Dim[] | null {
    return this.#inferred.values.get(this.node.outputs[i]!) ?? null
  }

  /** The elements of input i, or null where one of them is not known before run time. */
  elements(i: number): readonly Dim[] | null {
    return this.#inferred.values.get(this.node.inputs[i] ?? '') ?? null
  }

  /** The numbers of input i, or null where one of them is not known before run time or depends on the batch. */
  numbers(i: number): readonly number[] | null {
    const elements = this.elements(i)
    return elements?.every(isFixed) ? elements : null
  }

  /** The initializer that input i is, or undefined. */
  constant(i: number): Constant | undefined {
    return this.#model.graph.initializers.get(this.node.inputs[i]!)
  }

  /** Emits the number of samples as a vector of one element, taken from a graph input. */
  samples(into: Replacement): string {
    const { inputs, initializers } = this.#model.graph
    const input = inputs.find(({ name }) => !initializers.has(name))!
    return into.op('Shape', [input.name], { start: 0, end: 1 })
  }
}
