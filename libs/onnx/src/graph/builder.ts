import { type PlainAttribute, toAttribute } from './attributes.ts'
import { float32, int64, scalar } from './constants.ts'
import type { Attribute, Constant, DataType, DeclaredDim, Graph, Node, ValueInfo } from './types.ts'

const attributesOf = (plain: Readonly<Record<string, PlainAttribute>>): Record<string, Attribute> =>
  Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, toAttribute(value)]))

/**
 * Builds a graph node by node; every call returns the name of a fresh tensor, so that expressions nest:
 * `b.op('Mul', [b.op('Relu', [x]), mask])`. Equal small constants and equal nodes are emitted once.
 */
export class GraphBuilder {
  readonly #nodes: Node[] = []
  readonly #inputs: ValueInfo[] = []
  readonly #outputs: ValueInfo[] = []
  readonly #initializers = new Map<string, Constant>()
  readonly #taken = new Set<string>()
  readonly #nodeNames = new Set<string>()
  /** Names that were handed out and stand for nothing yet. */
  readonly #reserved = new Set<string>()
  /** Names of the small constants that were made here, by kind and value. */
  readonly #constants = new Map<string, string>()
  readonly #known = new Map<string, readonly string[]>()

  /** A tensor name that is not in use yet, made of the hint and a number where needed; it is kept for the caller. */
  fresh(hint: string): string {
    let name = hint
    for (let i = 1; this.#taken.has(name); i++) name = `${hint}_${i}`
    this.#taken.add(name)
    this.#reserved.add(name)
    return name
  }

  /** Declares a graph input and returns its name. */
  input(name: string, dataType: DataType, shape: readonly DeclaredDim[]): string {
    this.#claim(name)
    this.#inputs.push({ name, dataType, shape })
    return name
  }

  /** Declares an existing tensor as a graph output under a name of its own. */
  output(name: string, tensor: string, dataType: DataType, shape: readonly DeclaredDim[] | null): void {
    if (name !== tensor) this.add({ op: 'Identity', inputs: [tensor], outputs: [name] })
    this.#outputs.push({ name, dataType, shape })
  }

  /** Adds an initializer under its own name, or returns the name it already has. */
  initializer(name: string, constant: Constant): string {
    if (!this.#initializers.has(name)) {
      this.#claim(name)
      this.#initializers.set(name, constant)
    }
    return name
  }

  /** A float32 scalar constant. */
  scalar(value: number): string {
    return this.#constant(`scalar:${value}`, scalar(value))
  }

  /** An int64 scalar constant. */
  int(value: number): string {
    return this.#constant(`int:${value}`, int64([value], []))
  }

  /** A vector of int64 constants: axes, shapes, pads. */
  ints(values: readonly number[]): string {
    return this.#constant(`ints:${values.join(',')}`, int64(values))
  }

  /** A float32 constant; kept apart from equal ones. */
  floats(values: ArrayLike<number>, dims: readonly number[], hint = 'constant'): string {
    const name = this.fresh(hint)
    this.#initializers.set(name, float32(values, dims))
    return name
  }

  /** Emits a node with one output and returns that tensor's name. An equal node emitted before is reused. */
  op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, PlainAttribute>> = {},
  ): string {
    return this.ops(op, inputs, 1, attributes)[0]!
  }

  /** Emits a node with `count` outputs and returns their names. */
  ops(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, PlainAttribute>> = {},
  ): readonly string[] {
    const key = JSON.stringify([op, inputs, count, attributes])
    const known = this.#known.get(key)
    if (known) return known
    const outputs = Array.from({ length: count }, () => this.fresh(`${op}_out`))
    this.#nodes.push({
      name: this.#nodeName(outputs[0]!),
      op,
      domain: '',
      inputs,
      outputs,
      attributes: attributesOf(attributes),
      metadata: {},
    })
    this.#known.set(key, outputs)
    return outputs
  }

  /** Emits a node whose outputs have given names: for copying nodes of another graph. */
  add(node: Pick<Node, 'op' | 'inputs' | 'outputs'> & Partial<Node>): void {
    for (const name of node.outputs) if (name !== '') this.#claim(name)
    const name = this.#nodeName(node.name ?? node.outputs[0]!)
    this.#nodes.push({ domain: '', attributes: {}, metadata: {}, ...node, name })
  }

  /** The graph of everything emitted so far. */
  build(name: string): Graph {
    return {
      name,
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      nodes: [...this.#nodes],
      initializers: new Map(this.#initializers),
    }
  }

  #constant(key: string, constant: Constant): string {
    const known = this.#constants.get(key)
    if (known !== undefined) return known
    const name = this.fresh(key)
    this.#initializers.set(name, constant)
    this.#constants.set(key, name)
    return name
  }

  /** A node name that no other node has: the wanted one, with a number where it is taken. */
  #nodeName(wanted: string): string {
    let name = wanted
    for (let i = 1; this.#nodeNames.has(name); i++) name = `${wanted}_${i}`
    this.#nodeNames.add(name)
    return name
  }

  #claim(name: string): void {
    if (this.#taken.has(name) && !this.#reserved.delete(name))
      throw new Error(`the tensor name ${name} is taken already`)
    this.#taken.add(name)
  }
}
