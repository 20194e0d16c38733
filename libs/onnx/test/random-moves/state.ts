import type { GraphBuilder } from '../../src/index.ts'
import { noise } from '../ort.ts'

/** A tensor whose axis `at` has the size before * N * after; `sizes` are those for one sample. */
export interface State {
  readonly t: string
  readonly sizes: readonly number[]
  readonly at: number
  readonly before: number
  readonly after: number
}

export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)
export const last = ({ sizes }: State): number => sizes.length - 1
export const without = <T>(list: readonly T[], at: number): readonly T[] => list.filter((_, i) => i !== at)

/** Random choices, each taken from the numbers that fast-check gives. */
export class Choices {
  readonly #numbers: readonly number[]
  #next = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  get isEmpty(): boolean {
    return this.#next >= this.#numbers.length
  }

  below(count: number): number {
    return (this.#numbers[this.#next++] ?? 0) % count
  }

  of<T>(list: readonly T[]): T | undefined {
    return list[this.below(Math.max(1, list.length))]
  }
}

/** One step of a program; null where it does not apply. */
export type Step = (b: GraphBuilder, s: State, c: Choices, earlier: readonly State[]) => State | null

export const weights = (b: GraphBuilder, dims: readonly number[]) =>
  b.floats(noise(product(dims), 7 + dims.length), dims)
export const fixedAxes = ({ sizes, at }: State) => [...sizes.keys()].filter((axis) => axis !== at)
export const resized = (s: State, axis: number, size: number, t: string): State => ({
  ...s,
  t,
  sizes: s.sizes.map((old, i) => (i === axis ? size : old)),
})
