import type { LinearOperator } from '../operators/operator.ts'
import type { Emitter } from './emitter.ts'
import { plain, type Relevance } from './relevance.ts'

/** Where relevance goes that does not reach the input. */
export type Absorber = 'bias' | 'stabilizer' | 'masked'

/**
 * The conservation account of one backward pass: for every row the relevance at each layer, and what biases,
 * stabilizers and masks took (api.md, `trust`). All entries are tensors of shape [K].
 */
export class Ledger {
  readonly #emitter: Emitter
  readonly #absorbed: Record<Absorber, string[]> = { bias: [], stabilizer: [], masked: [] }
  readonly #layers = new Map<string, string>()

  constructor(emitter: Emitter) {
    this.#emitter = emitter
  }

  /** Notes the relevance that arrives at a layer's output, before its mask. The first visit counts. */
  atLayer(name: string, r: Relevance, like: string): void {
    if (!this.#layers.has(name)) this.#layers.set(name, this.#emitter.rowSum(r, like))
  }

  /** Notes what a mask took: relevance before less relevance after. */
  masked(before: Relevance, after: Relevance, like: string): void {
    const e = this.#emitter
    this.#absorbed.masked.push(e.sub(e.rowSum(before, like), e.rowSum(after, like)))
  }

  /** Notes what the stabilizer of a denominator took: the sum of s * (stab(d) - d), s being R / stab(d). */
  stabilized(s: string, stable: string, denominator: string, like: string, coefficient: number): void {
    const e = this.#emitter
    const taken = e.rowSum(plain(e.mul(s, e.sub(stable, denominator))), like)
    this.#absorbed.stabilizer.push(coefficient === 1 ? taken : e.mul(taken, e.scalar(coefficient)))
  }

  /** The same where nothing but a constant was added to a denominator without negative values. */
  stabilizedBy(s: string, epsilon: number, like: string): void {
    const e = this.#emitter
    const axis = Math.min(1, e.facts.rank(like) - 1)
    const total = this.#vectorSum(this.#alongAxis(s, axis, like), axis, like)
    this.#absorbed.stabilizer.push(e.mul(total, e.scalar(epsilon)))
  }

  /** Notes what a bias took: s times the bias, summed over the output, with the sign of its branch. */
  biased(s: string, bias: string, { biasAxis }: LinearOperator, like: string, sign: number): void {
    const e = this.#emitter
    const taken =
      biasAxis === null ? e.rowSum(plain(e.mul(s, bias)), like) : this.#dot(s, bias, biasAxis, like)
    this.#absorbed.bias.push(sign === 1 ? taken : e.mul(taken, e.scalar(sign)))
  }

  /** The account as rows of numbers: the columns' names and one tensor [K, columns]. */
  close(initial: string, input: string): { readonly columns: readonly string[]; readonly tensor: string } {
    const absorbed = (Object.keys(this.#absorbed) as Absorber[]).map(
      (kind) => [`absorbed/${kind}`, this.#sum(this.#absorbed[kind], initial)] as const,
    )
    const layers = [...this.#layers].map(([name, sum]) => [`layer/${name}`, sum] as const)
    const entries = [['initial', initial] as const, ['input', input] as const, ...absorbed, ...layers]
    const e = this.#emitter
    const rows = e.op('Shape', [input])
    const columns = entries.map(([, sum]) => e.op('Unsqueeze', [e.op('Expand', [sum, rows]), e.ints([1])]))
    return { columns: entries.map(([name]) => name), tensor: e.op('Concat', columns, { axis: 1 }) }
  }

  /** The sum of the entries; zero for every row of `like` where there are none. */
  #sum(entries: readonly string[], like: string): string {
    const e = this.#emitter
    return entries.length === 0 ? e.mul(like, e.scalar(0)) : entries.reduce((a, b) => e.add(a, b))
  }

  /** The product of s and a bias that lies along one axis, summed over everything but the rows. */
  #dot(s: string, bias: string, axis: number, like: string): string {
    const e = this.#emitter
    const weighted = e.mul(this.#alongAxis(s, axis, like), e.op('Reshape', [bias, e.ints([-1])]))
    return this.#vectorSum(weighted, axis, like)
  }

  /** The sum of each row of a vector along an axis of `like`; without such an axis it is the sum already. */
  #vectorSum(x: string, axis: number, like: string): string {
    if (axis === 0) return x
    const sizes = [this.#emitter.facts.sizes(like)[axis - 1]!]
    return this.#emitter.reduce('ReduceSum', x, { sizes, axes: [1], keepdims: false })
  }

  /** s summed over all axes but the rows and one other. Several entries of the account share this one pass over s. */
  #alongAxis(s: string, axis: number, like: string): string {
    const e = this.#emitter
    const rank = e.facts.rank(like)
    const others = Array.from({ length: rank - 1 }, (_, i) => i + 1).filter((i) => i !== axis)
    return e.sumAway(s, others, like)
  }
}
