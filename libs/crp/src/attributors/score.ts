import type { Targets } from '../masks.ts'

/**
 * The sum of a start relevance over the classes of `y`, in float64; over everything where there is none.
 * @param valueAt the start relevance at a flat position of the start tensor
 * @param sizes of the start tensor behind the batch axis, classes first
 */
export function startTotal(
  valueAt: (index: number) => number,
  targets: Exclude<Targets, 'predicted'>,
  sizes: readonly number[],
): number {
  const positions = sizes.slice(1).reduce((a, b) => a * b, 1)
  const classes = targets === null ? Array.from({ length: sizes[0]! }, (_, c) => c) : [...new Set(targets)]
  let total = 0
  for (const c of classes) {
    for (let i = c * positions; i < (c + 1) * positions; i++) total += valueAt(i)
  }
  return total
}
