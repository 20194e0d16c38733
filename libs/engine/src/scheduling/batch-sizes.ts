/** Runs that are remembered of each size; the first at a size sets up buffers and does not count. */
const remembered = 9
const needed = 3

/** A larger batch must be faster by more than this share: all of its members wait for the last of them. */
const tolerance = 0.03

/** Keys that are remembered. */
const mostKeys = 1024

/** After so many runs a size beside the best is tried again: the machine may be less busy than it was. */
const retryEvery = 64

interface Sizes {
  /** By size, a power of two: ms a row of the latest runs. */
  readonly times: Map<number, number[]>
  runs: number
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

/** The sizes that are told apart: powers of two; what lies between counts as the one below. */
const sizesUpTo = (most: number): number[] =>
  Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i)

/**
 * How many rows are worth being computed together, learned from what runs: small layers gain by company, for large ones
 * the time a row is flat and a smaller batch answers its members earlier. The smallest size wins whose time a row is
 * within 3 % of the best.
 */
export class BatchSizes {
  readonly #byKey = new Map<string, Sizes>()

  /**
   * Rows of the next run of a kind of work.
   * @param most that there are, or that there is room for
   */
  best(key: string, most: number): number {
    const sizes = this.#byKey.get(key)
    const choices = sizesUpTo(most)
    const chosen = sizes === undefined ? choices.length - 1 : choice(sizes, choices)
    return chosen === choices.length - 1 ? most : choices[chosen]!
  }

  /** Tells what a run took. */
  record(key: string, rows: number, milliseconds: number): void {
    const sizes = this.#byKey.get(key) ?? { times: new Map<number, number[]>(), runs: 0 }
    this.#byKey.delete(key)
    this.#byKey.set(key, sizes)
    sizes.runs += 1
    const size = sizesUpTo(rows).at(-1)!
    const times = sizes.times.get(size) ?? []
    sizes.times.set(size, times)
    times.push(milliseconds / rows)
    if (times.length > remembered + 1) times.shift()
    if (this.#byKey.size > mostKeys) this.#byKey.delete(this.#byKey.keys().next().value!)
  }
}

/** Position of the size to be chosen: the largest that is not known yet, else the smallest that is as good as the best. */
function choice({ times, runs }: Sizes, choices: readonly number[]): number {
  const unknown = choices.findLastIndex((size) => (times.get(size)?.length ?? 0) <= needed)
  if (unknown >= 0) return unknown
  const typical = choices.map((size) => median(times.get(size)!.slice(1)))
  const bound = (1 + tolerance) * Math.min(...typical)
  const best = typical.findIndex((time) => time <= bound)
  if (runs % retryEvery !== 0) return best
  const neighbour = runs % (2 * retryEvery) === 0 ? best + 1 : best - 1
  return Math.max(0, Math.min(choices.length - 1, neighbour))
}
