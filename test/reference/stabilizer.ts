import { broadcastTo, map, sizeOf, sumTo, type Tensor, zip } from './tensor.ts'

/**
 * How a denominator is kept away from zero. A plain number is its epsilon.
 * norm_scale multiplies epsilon with the root mean square over `dim` (default: all axes but the batch);
 * clip takes max(|z|, eps) instead of |z| + eps.
 */
export type Stabilizer =
  | number
  | {
      readonly epsilon: number
      readonly clip?: boolean
      readonly normScale?: boolean
      readonly dim?: readonly number[] | null
    }

const meanSquareRoot = (z: Tensor, dim: readonly number[] | null | undefined): Tensor => {
  const kept = z.shape.map((size, axis) => ((dim ? dim.includes(axis) : axis > 0) ? 1 : size))
  const count = sizeOf(z.shape) / sizeOf(kept)
  const squares = sumTo(
    map(z, (value) => value * value),
    kept,
  )
  return broadcastTo(
    map(squares, (sum) => Math.sqrt(sum / count)),
    z.shape,
  )
}

/** z moved away from zero by the stabilizer; zero counts as positive. */
export function stabilized(z: Tensor, stabilizer: Stabilizer): Tensor {
  const { epsilon, clip, normScale, dim } =
    typeof stabilizer === 'number' ? { epsilon: stabilizer } : { ...stabilizer }
  const scale = normScale ? meanSquareRoot(z, dim) : map(z, () => 1)
  return zip(z, scale, (value, factor) => {
    const sign = value < 0 ? -1 : 1
    const distance = clip ? Math.max(Math.abs(value), epsilon * factor) : Math.abs(value) + epsilon * factor
    return sign * distance
  })
}
