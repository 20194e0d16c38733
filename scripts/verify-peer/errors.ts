/** The middle of several numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The largest difference over the largest magnitude of the exact values; infinite where a value is not finite. */
export function relativeError(exact: ArrayLike<number>, actual: ArrayLike<number>): number {
  let [scale, difference] = [0, 0]
  for (let i = 0; i < exact.length; i++) {
    scale = Math.max(scale, Math.abs(exact[i]!))
    const off = Math.abs(exact[i]! - actual[i]!)
    difference = Number.isFinite(off) ? Math.max(difference, off) : Number.POSITIVE_INFINITY
  }
  return difference / scale
}

/** Rows of a row-major array with `count` of them. */
export const rowsOf = (data: Float64Array, count: number): readonly Float64Array[] =>
  Array.from({ length: count }, (_, i) =>
    data.subarray((i * data.length) / count, ((i + 1) * data.length) / count),
  )
