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

/**
 * Sums of a layer's relevance over the positions of each channel, in float64.
 * @param relevance [channels, ...], row-major
 */
export function channelSums(relevance: ArrayLike<number>, channels: number): Float64Array {
  const positions = relevance.length / channels
  const sums = new Float64Array(channels)
  for (let channel = 0, i = 0; channel < channels; channel++) {
    let sum = 0
    for (const end = i + positions; i < end; i++) sum += relevance[i]!
    sums[channel] = sum
  }
  return sums
}

/** Sums divided by the sum of their magnitudes. */
export function absNormalized(sums: Float64Array): Float64Array {
  const norm = sums.reduce((total, sum) => total + Math.abs(sum), normGuard)
  return sums.map((sum) => sum / norm)
}

/**
 * The most relevant channels of a layer, by signed relevance, greatest first; equal ones by index, NaN last.
 * @param relevance [channels, ...], row-major
 */
export function concepts(
  relevance: ArrayLike<number>,
  channels: number,
  { top, absNorm }: ConceptOptions,
): ConceptRelevance[] {
  const sums = channelSums(relevance, channels)
  const values = absNorm ? absNormalized(sums) : sums
  const rank = (value: number) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value)
  return Array.from(values, (relevance, index) => ({ index, relevance }))
    .sort((a, b) => Math.sign(rank(b.relevance) - rank(a.relevance)) || a.index - b.index)
    .slice(0, top)
}
