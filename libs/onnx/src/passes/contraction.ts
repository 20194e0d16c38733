import type { Dim } from '../graph/types.ts'
import { isFixed } from '../infer/dims.ts'
import type { Replacement } from './replacement.ts'

/** A tensor with a label for each axis. */
export interface Operand {
  readonly tensor: string
  readonly labels: readonly string[]
}

/** A sum of products in the making; `main` is the last tensor that more than moves values. */
interface Result extends Operand {
  readonly main: string
}

/** The labels of two operands by what becomes of them. */
interface Roles {
  /** In both, and wanted afterwards. */
  readonly shared: readonly string[]
  /** In both, and summed over. */
  readonly summed: readonly string[]
  readonly left: readonly string[]
  readonly right: readonly string[]
}

const without = (labels: readonly string[], others: readonly string[]): readonly string[] =>
  labels.filter((label) => !others.includes(label))

function rolesOf(a: Operand, b: Operand, wanted: readonly string[]): Roles {
  const common = a.labels.filter((label) => b.labels.includes(label))
  const summed = without(common, wanted)
  return {
    shared: without(common, summed),
    summed,
    left: without(a.labels, common),
    right: without(b.labels, common),
  }
}

const sameOrder = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((label, i) => label === b[i])

/** Writes a sum of products of labelled tensors, two operands at a time from the first on. */
export class Contraction {
  readonly #into: Replacement
  readonly #sizes: ReadonlyMap<string, Dim>
  /** The label of the samples: it comes first in every tensor that has it. */
  readonly #sample: string

  constructor(into: Replacement, sizes: ReadonlyMap<string, Dim>, sample: string) {
    this.#into = into
    this.#sizes = sizes
    this.#sample = sample
  }

  /** The result with its labels in the wanted order. */
  run(operands: readonly Operand[], output: readonly string[]): Result {
    const [first, ...rest] = operands.map((operand, i) => {
      const others = operands.filter((_, j) => j !== i).flatMap(({ labels }) => labels)
      return this.#sum(operand, without(operand.labels, [...others, ...output]))
    }) as [Result, ...Result[]]
    const product = rest.reduce<Result>((a, b, i) => {
      const wanted = [...output, ...rest.slice(i + 1).flatMap(({ labels }) => labels)]
      return this.#product(a, b, rolesOf(a, b, wanted), i === rest.length - 1 ? output : null)
    }, first)
    const tensor = this.#transposed(product, output)
    const isNode = this.#into.nodes.some(({ outputs }) => outputs[0] === tensor)
    if (isNode) return { tensor, labels: output, main: product.main === '' ? tensor : product.main }
    const copy = this.#into.op('Identity', [tensor])
    return { tensor: copy, labels: output, main: copy }
  }

  #product(a: Result, b: Result, roles: Roles, output: readonly string[] | null): Result {
    const [isA, isB] = [a, b].map(({ labels }) => labels.includes(this.#sample)) as [boolean, boolean]
    if (roles.summed.length === 0) return this.#elementwise(a, b, output)
    if (isA === isB) return this.#matrices(a, b, roles)
    const turned = { ...roles, left: roles.right, right: roles.left }
    const [samples, constant, own] = isA ? ([a, b, roles] as const) : ([b, a, turned] as const)
    if (own.shared.length === 0) return this.#fullyConnected(samples, constant, own)
    return this.#sum(this.#elementwise(a, b, null), own.summed)
  }

  /** Without a sum: factors that broadcast. */
  #elementwise(a: Operand, b: Operand, output: readonly string[] | null): Result {
    const labels = this.#sampleFirst(output ?? [...new Set([...a.labels, ...b.labels])])
    const factors = [a, b].map((operand) => {
      const groups = labels.map((label) => (operand.labels.includes(label) ? [label] : []))
      return this.#arranged(operand, groups)
    })
    const tensor = this.#into.op('Mul', factors)
    return { tensor, labels, main: tensor }
  }

  /** Samples times a constant matrix. The free indices of the samples stay axes of their own. */
  #fullyConnected(samples: Operand, constant: Operand, { summed, left, right }: Roles): Result {
    const free = this.#sampleFirst(left)
    const x = this.#arranged(samples, [...free.map((label) => [label]), summed])
    const matrix = this.#arranged(constant, [summed, right])
    const main = this.#into.op('MatMul', [x, matrix])
    return { ...this.#spread(main, free, [right]), main }
  }

  /** A matrix product for each value of the shared labels. */
  #matrices(a: Operand, b: Operand, { shared, summed, left, right }: Roles): Result {
    const lead = this.#sampleFirst(shared)
    const each = lead.map((label) => [label])
    const factors = [this.#arranged(a, [...each, left, summed]), this.#arranged(b, [...each, summed, right])]
    const main = this.#into.op('MatMul', factors)
    return { ...this.#spread(main, lead, [left, right]), main }
  }

  /** A tensor with an axis for each of `lead` and for each group, whose groups become an axis for each label. */
  #spread(tensor: string, lead: readonly string[], groups: readonly (readonly string[])[]): Operand {
    const labels = [...lead, ...groups.flat()]
    if (groups.every((group) => group.length === 1)) return { tensor, labels }
    return {
      tensor: this.#reshaped(
        tensor,
        labels.map((label) => [label]),
      ),
      labels,
    }
  }

  #sum(operand: Operand, labels: readonly string[]): Result {
    if (labels.length === 0) return { main: '', ...operand }
    const axes = this.#into.ints(labels.map((label) => operand.labels.indexOf(label)))
    const tensor = this.#into.op('ReduceSum', [operand.tensor, axes], { keepdims: 0 })
    return { tensor, labels: without(operand.labels, labels), main: tensor }
  }

  /** An operand with one axis for each group of labels; an empty group is an axis of one. */
  #arranged(operand: Operand, groups: readonly (readonly string[])[]): string {
    const tensor = this.#transposed(operand, groups.flat())
    return groups.every((group) => group.length === 1) ? tensor : this.#reshaped(tensor, groups)
  }

  #transposed({ tensor, labels }: Operand, wanted: readonly string[]): string {
    if (sameOrder(labels, wanted)) return tensor
    return this.#into.op('Transpose', [tensor], { perm: wanted.map((label) => labels.indexOf(label)) })
  }

  /** Samples stand first wherever they stand: a 0 keeps their number. */
  #reshaped(tensor: string, groups: readonly (readonly string[])[]): string {
    const target = groups.map((group) =>
      group.reduce((product, label) => {
        const size = this.#sizes.get(label)!
        return product * (isFixed(size) ? size : 0)
      }, 1),
    )
    return this.#into.op('Reshape', [tensor, this.#into.ints(target)])
  }

  #sampleFirst(labels: readonly string[]): readonly string[] {
    return labels.includes(this.#sample) ? [this.#sample, ...without(labels, [this.#sample])] : labels
  }
}
