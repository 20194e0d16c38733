import { ImagingError } from './errors.ts'

/** An array of numbers over an image, row-major [height, width]. */
export interface Plane {
  readonly height: number
  readonly width: number
  readonly data: ArrayLike<number>
}

/** Rows and columns of an image, half-open. */
export interface CropRange {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** Weights of a Gaussian whose width follows from the number of taps, as OpenCV has it: they add up to 1. */
function gaussian(taps: number): Float64Array {
  const sigma = 0.3 * ((taps - 1) * 0.5 - 1) + 0.8
  const weights = Float64Array.from({ length: taps }, (_, i) =>
    Math.exp(-0.5 * ((i - (taps - 1) / 2) / sigma) ** 2),
  )
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / sum)
}

/** A position outside of 0 to size - 1, reflected at the first and the last one, which are not repeated. */
function reflected(position: number, size: number): number {
  const period = Math.max(1, 2 * (size - 1))
  const inside = ((position % period) + period) % period
  return Math.min(inside, period - inside)
}

/** Convolves along one axis; `at` gives the flat position of a point of a line. */
function blurLines(
  data: ArrayLike<number>,
  lines: number,
  size: number,
  weights: Float64Array,
  at: (line: number, i: number) => number,
): Float64Array {
  const result = new Float64Array(data.length)
  const reach = Math.floor(weights.length / 2)
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < size; i++) {
      let sum = 0
      for (const [tap, weight] of weights.entries()) {
        sum += weight * data[at(line, reflected(i + tap - reach, size))]!
      }
      result[at(line, i)] = sum
    }
  }
  return result
}

/**
 * Blurs with a Gaussian of `taps` x `taps` and reflected borders, in float64.
 * @throws ImagingError `render-invalid` where `taps` is not an odd number
 */
export function gaussianBlur({ height, width, data }: Plane, taps: number): Plane {
  if (!Number.isInteger(taps) || taps < 1 || taps % 2 === 0) {
    throw new ImagingError('render-invalid', 'kernel_size must be an odd number.', {
      pointer: '/kernel_size',
    })
  }
  const weights = gaussian(taps)
  const rows = blurLines(data, height, width, weights, (y, x) => y * width + x)
  return { height, width, data: blurLines(rows, width, height, weights, (x, y) => y * width + x) }
}

/** Keeps a heatmap without positive relevance from dividing by zero (zennit-crp's own constant). */
const maximumGuard = 1e-10

/**
 * Where a concept was found: the blurred heatmap over its maximum (semantics.md, section 9). As in the peer the maximum
 * keeps its sign, so that a heatmap which is negative everywhere is highest where it is lowest.
 */
export function fieldOf(heatmap: Plane, taps: number): Plane {
  const { height, width, data } = gaussianBlur(heatmap, taps)
  const values = Float64Array.from(data)
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) + maximumGuard
  return { height, width, data: values.map((value) => value / most) }
}

/**
 * The rows and columns in which a field exceeds a threshold. As in the peer the last of either is left out, and a field
 * that exceeds it nowhere gives everything but the last row and column.
 */
export function cropRange({ height, width, data }: Plane, threshold: number): CropRange {
  let range = { top: height, bottom: -1, left: width, right: -1 }
  for (let i = 0; i < data.length; i++) {
    if (!(data[i]! > threshold)) continue
    const [y, x] = [Math.floor(i / width), i % width]
    range = {
      top: Math.min(range.top, y),
      bottom: Math.max(range.bottom, y),
      left: Math.min(range.left, x),
      right: Math.max(range.right, x),
    }
  }
  return range.bottom < 0 ? { top: 0, bottom: height - 1, left: 0, right: width - 1 } : range
}

/** The part of a plane inside a range. */
export function cropPlane({ width, data }: Plane, { top, bottom, left, right }: CropRange): Plane {
  const [height, columns] = [bottom - top, right - left]
  const part = Array.from(
    { length: height * columns },
    (_, i) => data[(top + Math.floor(i / columns)) * width + left + (i % columns)]!,
  )
  return { height, width: columns, data: part }
}
