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

  it('takes the mean of what there is, and scales to the first class', () => {
    expect(topTargets(targets, { top: 2, meanOf: 100, norm: true })).toEqual([
      { target: 1, value: 1 },
      { target: 7, value: 2 / 3 },
    ])
    expect(topTargets([], { top: 2, meanOf: 1, norm: true })).toEqual([])
  })
})
