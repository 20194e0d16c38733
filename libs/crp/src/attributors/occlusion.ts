import type { Filling, ScorePasses } from './passes.ts'

/** Extents along the axes of a sample: one number for every axis, or one for each of the last axes. */
export type Extents = number | readonly number[]

/** Extents along every axis; an axis that a list leaves out is taken whole. */
const alongAxes = (extents: Extents, sizes: readonly number[]): readonly number[] =>
  typeof extents === 'number'
    ? sizes.map(() => extents)
    : [...sizes.slice(0, sizes.length - extents.length), ...extents]

/** Windows that slide over a sample. */
export interface Windows {
  readonly count: number
  /** Flat positions inside a window. */
  positions(window: number): readonly number[]
}

/**
 * Windows at every multiple of the stride along every axis, in row-major order. A window is no longer than the axis; one
 * that reaches over the far end goes on at the near one (semantics.md, section 8).
 * @param sizes of the sample, channels first
 */
export function slidingWindows(sizes: readonly number[], window: Extents, stride: Extents): Windows {
  const spans = alongAxes(window, sizes).map((span, axis) => Math.min(span, sizes[axis]!))
  const strides = alongAxes(stride, sizes)
  const counts = sizes.map((size, axis) => Math.ceil(size / strides[axis]!))
  const along = (axis: number, step: number) =>
    Array.from({ length: spans[axis]! }, (_, i) => (step * strides[axis]! + i) % sizes[axis]!)
  return {
    count: counts.reduce((a, b) => a * b, 1),
    positions(number) {
      let rest = number
      const steps = counts.map(() => 0)
      for (let axis = counts.length - 1; axis >= 0; axis--) {
        steps[axis] = rest % counts[axis]!
        rest = Math.floor(rest / counts[axis]!)
      }
      return steps.reduce<number[]>(
        (flat, step, axis) =>
          flat.flatMap((outer) => along(axis, step).map((inner) => outer * sizes[axis]! + inner)),
        [0],
      )
    },
  }
}

/** How a sample is occluded: what is outside of the window, or with `invert` what is inside of it, is filled. */
export interface Occlusion {
  readonly window: Extents
  readonly stride: Extents
  readonly fill: Filling
  readonly invert: boolean
}

/**
 * Occlusion (Zeiler and Fergus 2014): every position gets the sum of the scores of the windows that it lies in
 * (semantics.md, section 8). With the surroundings filled, a high score means that the window alone suffices.
 * @param sizes of the sample, channels first
 */
export function occlusion(
  sizes: readonly number[],
  { window, stride, fill, invert }: Occlusion,
): ScorePasses {
  const { count, positions } = slidingWindows(sizes, window, stride)
  return {
    kind: 'scores',
    count,
    remark: `the heatmap adds up the scores of ${count} occluded samples, which is no relevance; trust and layers are about the pass over the sample itself`,
    sample(sample, pass) {
      const filling = fill(sample)
      const occluded = invert ? sample.values.slice() : sample.values.map((_, i) => filling(i))
      for (const i of positions(pass)) occluded[i] = invert ? filling(i) : sample.values[i]!
      return occluded
    },
    add(sum, pass, score) {
      for (const i of positions(pass)) sum[i]! += score
    },
  }
}
