import { describe, expect, it } from 'vitest'
import { topTargets } from '../src/index.ts'

const targets = [
  { target: 7, values: [4, 2, 0] },
  { target: 1, values: [3, 3] },
  { target: 2, values: [5, -5, -5] },
  { target: 9, values: [] },
]

describe('topTargets', () => {
  it('ranks classes by the mean of their highest values, ties by class', () => {
    expect(topTargets(targets, { top: 5, meanOf: 2, norm: false })).toEqual([
      { target: 1, value: 3 },
      { target: 7, value: 3 },
      { target: 2, value: 0 },
    ])
    expect(topTargets(targets, { top: 1, meanOf: 1, norm: false })).toEqual([{ target: 2, value: 5 }])
  })

  it('ranks what is no number last, and infinite values where they belong', () => {
    const odd = [Number.NaN, 1, Infinity, Number.NaN, Infinity, -Infinity, 2]
    const given = odd.map((value, target) => ({ target, values: [value] }))
    const ranked = topTargets(given.toReversed(), { top: 7, meanOf: 1, norm: false })
    expect(ranked.map(({ target }) => target)).toEqual([2, 4, 6, 1, 5, 0, 3])
  })

  it('takes the mean of what there is, and scales to the first class', () => {
    expect(topTargets(targets, { top: 2, meanOf: 100, norm: true })).toEqual([
      { target: 1, value: 1 },
      { target: 7, value: 2 / 3 },
    ])
    expect(topTargets([], { top: 2, meanOf: 1, norm: true })).toEqual([])
  })
})
