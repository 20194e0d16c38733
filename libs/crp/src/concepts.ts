/** Relevance of one concept: a channel of a layer. */
export interface ConceptRelevance {
  readonly index: number
  readonly relevance: number
}

/** How concepts are read off a layer's relevance. */
export interface ConceptOptions {
  /** How many of the most relevant come back. */
  readonly top: number
  /** Divide by the sum of the magnitudes of all channels. */
  readonly absNorm: boolean
}

/** Keeps a layer without any relevance from dividing by zero (zennit-crp's own constant, semantics.md section 7). */
const normGuard = 1e-10

/** Sums divided by the sum of their magnitudes. */
export function absNormalized(sums: ArrayLike<number>): Float64Array {
  const values = new Float64Array(sums)
  let norm = normGuard
  for (let i = 0; i < values.length; i++) norm += Math.abs(values[i]!)
  for (let i = 0; i < values.length; i++) values[i]! /= norm
  return values
}

/** From here on sorting all values takes less time than inserting one by one, which grows with the square. */
const manyValues = 1024

/**
 * Indices of the greatest values, greatest first; equal ones by index, NaN as the least.
 * @param count how many at most
 */
export function greatest(values: ArrayLike<number>, count: number): number[] {
  const rank = (index: number) => (Number.isNaN(values[index]!) ? Number.NEGATIVE_INFINITY : values[index]!)
  if (Math.min(count, values.length) > manyValues) {
    const all = Array.from(values, (_, index) => index)
    return all.sort((a, b) => Math.sign(rank(b) - rank(a)) || a - b).slice(0, count)
  }
  const found: number[] = []
  // Most values are below all that were found: the list is short, and few are put into it.
  for (let index = 0; index < values.length; index++) {
    const isIn = found.length < count || (count > 0 && rank(index) > rank(found.at(-1)!))
    if (!isIn) continue
    found.splice(placeOf(rank(index), found, rank), 0, index)
    if (found.length > count) found.pop()
  }
  return found
}

/** Where a value belongs in a descending list, behind those that are equal. */
function placeOf(value: number, sorted: readonly number[], rank: (index: number) => number): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (rank(sorted[middle]!) >= value) from = middle + 1
    else to = middle
  }
  return from
}

/**
 * The most relevant channels of a layer, by signed relevance; see {@link greatest}.
 * @param sums relevance of each channel
 */
export function concepts(sums: ArrayLike<number>, { top, absNorm }: ConceptOptions): ConceptRelevance[] {
  const values = absNorm ? absNormalized(sums) : sums
  return greatest(values, top).map((index) => ({ index, relevance: values[index]! }))
}
