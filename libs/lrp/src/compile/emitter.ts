import type { Dim, GraphBuilder, PlainAttribute } from '@crp-serve/onnx'
import type { Bound, BoundTensor, Stabilizer } from '../rules/rule.ts'
import type { GraphFacts } from './facts.ts'
import { type Reduction, reduced } from './reduction.ts'
import { plain, type Relevance } from './relevance.ts'
import { rowProduct } from './row-product.ts'

/** The size that a Reshape takes for a dimension: -1 stands for the batch. */
const reshapeSize = (dim: Dim): number => (typeof dim === 'number' ? dim : -1)

/** The size that an Expand takes for a dimension: 1 leaves the batch as it is. */
const expandSize = (dim: Dim): number => (typeof dim === 'number' ? dim : 1)

/**
 * Emits the arithmetic of relevance into a graph that already holds the forward pass. Tensors of the forward
 * pass keep their names, so that a forward tensor is referred to by its name in the model.
 */
export class Emitter {
  readonly facts: GraphFacts
  readonly #builder: GraphBuilder
  readonly #nonNegative: ReadonlySet<string>
  readonly #reluInputs: ReadonlyMap<string, string>
  readonly #bounds = new Map<Bound, { readonly name: string; readonly tensor: BoundTensor }>()

  constructor(builder: GraphBuilder, facts: GraphFacts, nonNegative: ReadonlySet<string>) {
    this.#builder = builder
    this.facts = facts
    this.#nonNegative = nonNegative
    const relus = facts.graph.nodes.filter((node) => node.op === 'Relu')
    this.#reluInputs = new Map(relus.map((node) => [node.outputs[0]!, node.inputs[0]!]))
  }

  /** Whether a forward tensor is the Relu of another one. */
  isReluOf(tensor: string, input: string): boolean {
    return this.#reluInputs.get(tensor) === input
  }

  /** Whether a forward tensor is known to hold no negative number, whatever the input is. */
  isNonNegative(tensor: string): boolean {
    return this.#nonNegative.has(tensor)
  }

  op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, PlainAttribute>> = {},
  ): string {
    return this.#builder.op(op, inputs, attributes)
  }

  ops(op: string, inputs: readonly string[], count: number, attributes: Record<string, PlainAttribute> = {}) {
    return this.#builder.ops(op, inputs, count, attributes)
  }

  scalar(value: number): string {
    return this.#builder.scalar(value)
  }

  int(value: number): string {
    return this.#builder.int(value)
  }

  ints(values: readonly number[]): string {
    return this.#builder.ints(values)
  }

  floats(values: ArrayLike<number>, dims: readonly number[]): string {
    return this.#builder.floats(values, dims)
  }

  /** The graph's input for a bound that differs from sample to sample. */
  perSample(bound: Bound, tensor: BoundTensor): string {
    const known = this.#bounds.get(bound)
    if (known) return known.name
    const shape = tensor.dims.map((dim, axis) => (axis === 0 ? null : dim))
    const name = this.#builder.input(this.#builder.fresh('crp:bound'), 'float32', shape)
    this.#bounds.set(bound, { name, tensor })
    return name
  }

  /** What every input is to be fed that a bound has become, a row for each sample. */
  get bounds(): ReadonlyMap<string, BoundTensor> {
    return new Map([...this.#bounds.values()].map(({ name, tensor }) => [name, tensor]))
  }

  add(a: string, b: string): string {
    return this.op('Add', [a, b])
  }

  sub(a: string, b: string): string {
    return this.op('Sub', [a, b])
  }

  mul(a: string, b: string): string {
    return this.op('Mul', [a, b])
  }

  div(a: string, b: string): string {
    return this.op('Div', [a, b])
  }

  /**
   * Rows [N, inputs] times a constant matrix, each row for itself. The sizes are those of the matrix: [inputs, outputs],
   * or the other way round where it is turned.
   */
  rowProduct(rows: string, name: string, dims: readonly number[], isTurned: boolean): string {
    const constant = this.facts.constant(name)
    return rowProduct(this.#builder, rows, { name, dims, isTurned, constant })
  }

  /** A reduction of rows in a form whose rows do not depend on each other. */
  reduce(op: 'ReduceSum' | 'ReduceMean', x: string, reduction: Reduction): string {
    return reduced(this.#builder, op, x, reduction)
  }

  /** Sum over axes, which stay with size 1, of a tensor with the axes of the forward tensor `like`. */
  sum(x: string, axes: readonly number[], like: string): string {
    return this.reduce('ReduceSum', x, { axes, sizes: this.facts.sizes(like), keepdims: true })
  }

  /** Sum over axes, which vanish, of a tensor with the axes of the forward tensor `like`. */
  sumAway(x: string, axes: readonly number[], like: string): string {
    if (axes.length === 0) return x
    return this.reduce('ReduceSum', x, { axes, sizes: this.facts.sizes(like), keepdims: false })
  }

  /** The sum of each row over all its axes: [K]. */
  rowSum(r: Relevance, like: string): string {
    const axes = Array.from({ length: this.facts.rank(like) - 1 }, (_, i) => i + 1)
    return this.sumAway(this.materialize(r), axes, like)
  }

  /** The sum over the positions of each channel of a tensor of rows: [K, channels]. */
  channelSums(value: string, like: string): string {
    const axes = Array.from({ length: this.facts.rank(like) - 2 }, (_, i) => i + 2)
    return this.sumAway(value, axes, like)
  }

  /** A float tensor of ones and zeros where a condition holds. */
  indicator(condition: 'Greater' | 'Less', x: string): string {
    return this.op('Cast', [this.op(condition, [x, this.scalar(0)])], { to: 1 })
  }

  /** A tensor of rows reshaped to the shape of a forward tensor. */
  reshapeLike(value: string, tensor: string): string {
    return this.op('Reshape', [value, this.ints(this.facts.type(tensor).shape.map(reshapeSize))])
  }

  /** A tensor of rows broadcast to the shape of a forward tensor; its batch stays. */
  expandLike(value: string, tensor: string): string {
    return this.op('Expand', [value, this.ints(this.facts.type(tensor).shape.map(expandSize))])
  }

  /** Relevance in one tensor, with one row per result row. */
  materialize(r: Relevance): string {
    return r.factor === null ? r.value : this.mul(r.value, r.factor)
  }

  /** Relevance times a forward tensor. */
  scale(r: Relevance, factor: string): Relevance {
    return { value: r.value, factor: r.factor === null ? factor : this.mul(r.factor, factor) }
  }

  /**
   * Relevance over a forward tensor that is nowhere zero: one tensor with one row per result row. The trust block has the
   * relevance in one tensor anyway.
   */
  divide(r: Relevance, denominator: string): string {
    return this.div(this.materialize(r), denominator)
  }

  /** The sum of what several consumers send to one tensor. */
  total(parts: readonly Relevance[]): Relevance {
    const [first, ...rest] = parts
    if (!first) throw new Error('there is nothing to add up')
    if (rest.length === 0) return first
    if (rest.every((r) => r.factor === first.factor)) {
      return { value: parts.map((r) => r.value).reduce((a, b) => this.add(a, b)), factor: first.factor }
    }
    return plain(parts.map((r) => this.materialize(r)).reduce((a, b) => this.add(a, b)))
  }

  /** A parameter-like tensor without its negative values. */
  positive(x: string): string {
    return this.op('Relu', [x])
  }

  /** A parameter-like tensor without its positive values. */
  negative(x: string): string {
    return this.op('Min', [x, this.scalar(0)])
  }

  /**
   * stab(z) = z + epsilon * sign(z) with sign(0) = +1, or sign(z) * max(|z|, epsilon) when it clips
   * (semantics.md, section 3). `z` has the axes of the forward tensor `like`; `nonNegative` says that z is known
   * to have no negative value.
   */
  stabilize(z: string, like: string, stabilizer: Stabilizer, nonNegative: boolean): string {
    const epsilon = this.#epsilon(z, like, stabilizer)
    if (nonNegative) return stabilizer.clip ? this.op('Max', [z, epsilon]) : this.add(z, epsilon)
    const [below, above] = stabilizer.clip
      ? [this.op('Min', [z, this.op('Neg', [epsilon])]), this.op('Max', [z, epsilon])]
      : [this.sub(z, epsilon), this.add(z, epsilon)]
    return this.op('Where', [this.op('Less', [z, this.scalar(0)]), below, above])
  }

  /** Epsilon itself, or epsilon times the root mean square of z per sample. */
  #epsilon(z: string, like: string, { epsilon, normScale, dim }: Stabilizer): string {
    if (!normScale) return this.scalar(epsilon)
    const sizes = this.facts.sizes(like)
    const rank = sizes.length + 1
    const axes = dim ?? sizes.map((_, i) => i + 1)
    const counted = axes.map((axis) => (axis + rank) % rank)
    const mean = this.reduce('ReduceMean', this.mul(z, z), { axes: counted, sizes, keepdims: true })
    return this.mul(this.op('Sqrt', [mean]), this.scalar(epsilon))
  }
}
