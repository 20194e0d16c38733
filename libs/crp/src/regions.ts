/** A region of an input: a box of pixels, half-open, or a weight for every position. */
export type Region =
  | { readonly box: readonly [x0: number, y0: number, x1: number, y1: number] }
  | { readonly mask: ArrayLike<number> }

function insideBox(values: ArrayLike<number>, width: number, [x0, y0, x1, y1]: readonly number[]): number {
  let sum = 0
  for (let y = y0!; y < y1!; y++) for (let x = x0!; x < x1!; x++) sum += values[y * width + x]!
  return sum
}

const weighted = (values: ArrayLike<number>, weights: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value, i) => sum + value * weights[i]!, 0)

/**
 * The share of a heatmap's relevance inside each region, in float64: the sum inside over the sum of all, both signed. NaN
 * where all of it comes to zero.
 * @param values the heatmap, row-major
 * @param width its last axis; boxes need a heatmap of two axes
 */
export function regionShares(
  values: ArrayLike<number>,
  width: number,
  regions: readonly Region[],
): readonly number[] {
  const total = Array.from(values).reduce((sum, value) => sum + value, 0)
  return regions.map((region) => {
    const inside = 'box' in region ? insideBox(values, width, region.box) : weighted(values, region.mask)
    return total === 0 ? Number.NaN : inside / total
  })
}
