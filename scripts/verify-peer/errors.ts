/** The middle of several numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** How far values are from the exact ones, over the largest magnitude of those; infinite where one is not finite. */
export interface RelativeError {
  /** What all but one value in a hundred stay below. */
  readonly bulk: number
  readonly largest: number
}

/** The error of values against exact ones. */
export function relativeError(exact: ArrayLike<number>, actual: ArrayLike<number>): RelativeError {
  const scale = Array.from(exact).reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  const off = Float64Array.from(exact, (value, i) => Math.abs(value - actual[i]!) / scale)
  const errors = off.map((error) => (Number.isFinite(error) ? error : Number.POSITIVE_INFINITY)).sort()
  return { bulk: errors[Math.floor(0.99 * (errors.length - 1))]!, largest: errors.at(-1)! }
}

/** Rows of a row-major array with `count` of them. */
export const rowsOf = (data: Float64Array, count: number): readonly Float64Array[] =>
  Array.from({ length: count }, (_, i) =>
    data.subarray((i * data.length) / count, ((i + 1) * data.length) / count),
  )
