import type { AttributedSample, Filling, RelevancePasses } from './passes.ts'
import { normals } from './random.ts'

const isSame = (count: number): string =>
  `trust and layers are about the pass over the sample itself, the last of ${count}`

/** The relevance at the input times the input. */
export const inputTimesGradient = (): RelevancePasses => ({
  kind: 'relevance',
  count: 0,
  remark: 'the heatmap is the relevance times the input; trust and layers are about the relevance',
  sample: ({ values }) => values,
  finish: (sum, { values }) => Float32Array.from(sum, (relevance, i) => relevance * values[i]!),
})

/** Standard normal noise for a pass over a sample, as many numbers as the sample has. */
export type Noise = (sample: AttributedSample, pass: number) => Float32Array

/**
 * Noise from a seed. It depends on the seed, the pass and the position in the sample alone, so that a sample gets the
 * same noise in whatever company it comes.
 */
export const seededNoise =
  (seed: number): Noise =>
  ({ values }, pass) =>
    normals(values.length, seed, pass)

function range(values: Float32Array): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return high - low
}

/**
 * SmoothGrad (Smilkov et al. 2017): the mean over noisy copies of the sample. The standard deviation is `level` times
 * the range of the sample's values; the last pass has no noise (semantics.md, section 8).
 * @param passes all of them, the last one included
 */
export const smoothGrad = (passes: number, level: number, noise: Noise): RelevancePasses => ({
  kind: 'relevance',
  count: passes - 1,
  remark: `the heatmap is the mean of ${passes} passes over noisy samples; ${isSame(passes)}`,
  sample(sample, pass) {
    const deviation = level * range(sample.values)
    const drawn = noise(sample, pass)
    return sample.values.map((value, i) => value + deviation * drawn[i]!)
  },
  finish: (sum) => Float32Array.from(sum, (relevance) => relevance / passes),
})

/**
 * Integrated gradients (Sundararajan et al. 2017, eq. 3): (x - x') times the mean over points on the line from the
 * baseline x' to the sample x, at 1/n, 2/n, ..., 1 (semantics.md, section 8).
 * @param passes all of them, the one at the sample itself included
 */
export const integratedGradients = (passes: number, baseline: Filling): RelevancePasses => ({
  kind: 'relevance',
  count: passes - 1,
  remark: `the heatmap is the integral over ${passes} passes from the baseline to the sample; ${isSame(passes)}`,
  sample(sample, pass) {
    const from = baseline(sample)
    const share = (pass + 1) / passes
    return sample.values.map((value, i) => from(i) + share * (value - from(i)))
  },
  finish(sum, sample) {
    const from = baseline(sample)
    return Float32Array.from(sum, (relevance, i) => (relevance / passes) * (sample.values[i]! - from(i)))
  },
})
