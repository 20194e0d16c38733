/** An array to be compared: row-major numbers and their shape. */
export interface Comparable {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

/** The outcome of a comparison. */
export interface Comparison {
  readonly passed: boolean
  /** Largest absolute error over the largest absolute expected value. */
  readonly error: number
  /** What went wrong, or the error, for a test's message. */
  readonly message: string
}

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((top, value) => Math.max(top, Math.abs(value)), 0)

/** Largest difference; infinite as soon as one actual value is not finite. */
function largestDifference(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  return Array.from(actual).reduce((top, value, i) => {
    const difference = Math.abs(value - expected[i]!)
    return Number.isFinite(difference) ? Math.max(top, difference) : Number.POSITIVE_INFINITY
  }, 0)
}

/** Error relative to the largest expected value; an expected array of zeros allows 1e-7 in absolute terms. */
function relativeError(difference: number, scale: number): number {
  if (scale > 0) return difference / scale
  return difference < 1e-7 ? 0 : Number.POSITIVE_INFINITY
}

/** Compares float arrays: equal shapes, and no value further off than `rtolOfMax` times the largest expected one. */
export function compareArrays(expected: Comparable, actual: Comparable, rtolOfMax: number): Comparison {
  if (expected.shape.join() !== actual.shape.join()) {
    const message = `shape [${actual.shape}], expected [${expected.shape}]`
    return { passed: false, error: Number.POSITIVE_INFINITY, message }
  }
  const error = relativeError(largestDifference(expected.data, actual.data), largest(expected.data))
  const message = `error ${error.toExponential(2)} of the maximum (limit ${rtolOfMax.toExponential(0)})`
  return { passed: error <= rtolOfMax, error, message }
}
