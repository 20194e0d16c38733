import { describe, expect, it } from 'vitest'
import { regionShares } from '../src/index.ts'

const heatmap = Float32Array.of(1, 2, 3, -4, 5, 1)

describe('regionShares', () => {
  it('sums boxes half-open: columns x0 to x1, rows y0 to y1', () => {
    const shares = regionShares(heatmap, 3, [
      { box: [0, 0, 3, 2] },
      { box: [1, 0, 2, 2] },
      { box: [0, 1, 1, 2] },
    ])
    expect(shares).toEqual([1, 7 / 8, -4 / 8])
  })

  it('weighs positions by a mask', () => {
    expect(regionShares(heatmap, 3, [{ mask: [1, 0, 0.5, 0, 0, 1] }])).toEqual([3.5 / 8])
  })

  it('has no share of nothing', () => {
    expect(regionShares(Float32Array.of(1, -1), 2, [{ box: [0, 0, 1, 1] }])).toEqual([Number.NaN])
  })
})
