/** The highest values of a concept among the samples of one class, the highest first. */
export interface TargetValues {
  readonly target: number
  readonly values: ArrayLike<number>
}

/** What a class is worth to a concept. */
export interface TargetScore {
  readonly target: number
  readonly value: number
}

export interface TopTargetsOptions {
  /** Classes at most. */
  readonly top: number
  /** A class counts by the mean of this many of its highest values, or of all where there are fewer. */
  readonly meanOf: number
  /** Divide by the value of the first class. */
  readonly norm: boolean
}

function meanOfFirst(values: ArrayLike<number>, count: number): number {
  const used = Math.min(values.length, count)
  let sum = 0
  for (let i = 0; i < used; i++) sum += values[i]!
  return sum / used
}

function byScore(a: TargetScore, b: TargetScore): number {
  if (a.value > b.value) return -1
  if (a.value < b.value) return 1
  return Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) || a.target - b.target
}

/**
 * The classes for which a concept matters most (zennit-crp's `compute_stats`; semantics.md, section 7): by the mean of
 * their highest values, ties by class, what is no number last. The division by a first value of 0 gives NaN.
 */
export function topTargets(
  targets: readonly TargetValues[],
  { top, meanOf, norm }: TopTargetsOptions,
): TargetScore[] {
  const scores = targets
    .filter(({ values }) => values.length > 0)
    .map(({ target, values }) => ({ target, value: meanOfFirst(values, meanOf) }))
    .sort(byScore)
    .slice(0, top)
  const first = scores[0]?.value ?? 1
  return norm ? scores.map(({ target, value }) => ({ target, value: value / first })) : scores
}
