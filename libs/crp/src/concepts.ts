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
  const values = Float64Array.from(sums)
  const norm = values.reduce((total, value) => total + Math.abs(value), normGuard)
  return values.map((value) => value / norm)
}

/**
 * The most relevant channels of a layer, by signed relevance, greatest first; equal ones by index, NaN last.
 * @param sums relevance of each channel
 */
export function concepts(sums: ArrayLike<number>, { top, absNorm }: ConceptOptions): ConceptRelevance[] {
  const values = absNorm ? absNormalized(sums) : sums
  const rank = (value: number) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value)
  return Array.from(values, (relevance, index) => ({ index, relevance }))
    .sort((a, b) => Math.sign(rank(b.relevance) - rank(a.relevance)) || a.index - b.index)
    .slice(0, top)
}
