import type { Constant, Graph, Model, Node, TensorType } from '@crp-serve/onnx'

/**
 * What is known of a canonized model before anything is emitted: types, what depends on the input, and what is
 * a float tensor of the network (an activation) rather than a parameter or integer shape arithmetic.
 */
export class GraphFacts {
  readonly graph: Graph
  /** The name of the software that wrote the model. */
  readonly producer: string
  /** Types of every tensor, as far as they can be told. */
  readonly types: ReadonlyMap<string, TensorType>
  readonly #dependent: ReadonlySet<string>

  constructor(model: Model, types: ReadonlyMap<string, TensorType>) {
    this.graph = model.graph
    this.producer = model.producer
    this.types = types
    this.#dependent = dependentOnInputs(model.graph)
  }

  /** Type and shape of a tensor. Throws for a name that the graph does not have. */
  type(tensor: string): TensorType {
    const type = this.types.get(tensor)
    if (!type) throw new Error(`no type is known for the tensor ${tensor}`)
    return type
  }

  /** Whether the types of everything that a node reads and gives can be told. */
  isTyped(node: Node): boolean {
    return [...node.inputs, ...node.outputs].every((name) => name === '' || this.types.has(name))
  }

  /** Number of axes of a tensor. */
  rank(tensor: string): number {
    return this.type(tensor).shape.length
  }

  /** Sizes of all axes but the batch axis. Throws where one of them depends on the batch. */
  sizes(tensor: string): readonly number[] {
    return this.type(tensor)
      .shape.slice(1)
      .map((dim) => {
        if (typeof dim === 'number') return dim
        throw new Error(`the tensor ${tensor} carries the batch on an axis other than the first`)
      })
  }

  /** Whether the tensor is the same for every input. */
  isConstant(tensor: string): boolean {
    return !this.#dependent.has(tensor)
  }

  /** Whether relevance can stand at the tensor: it depends on the input and holds real numbers. */
  carriesRelevance(tensor: string): boolean {
    return this.#dependent.has(tensor) && this.type(tensor).dataType === 'float32'
  }

  /** The initializer of that name, or undefined. */
  constant(tensor: string): Constant | undefined {
    return this.graph.initializers.get(tensor)
  }
}

function dependentOnInputs(graph: Graph): ReadonlySet<string> {
  const dependent = new Set(graph.inputs.map((input) => input.name))
  for (const node of graph.nodes) {
    if (node.inputs.some((name) => dependent.has(name))) for (const out of node.outputs) dependent.add(out)
  }
  return dependent
}
