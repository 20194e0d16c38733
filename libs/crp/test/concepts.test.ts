import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concepts, greatest } from '../src/index.ts'

const sums = Float32Array.of(3, -3, 3, 3)

describe('concepts', () => {
  it('sorts by signed relevance and breaks ties by index', () => {
    expect(concepts(sums, { top: 4, absNorm: false })).toEqual([
      { index: 0, relevance: 3 },
      { index: 2, relevance: 3 },
      { index: 3, relevance: 3 },
      { index: 1, relevance: -3 },
    ])
  })

  it('divides by the sum of magnitudes of all channels, not only of those that come back', () => {
    const [first, ...rest] = concepts(sums, { top: 1, absNorm: true })
    expect(rest).toEqual([])
    expect(first!.relevance).toBeCloseTo(3 / 12, 9)
  })

  it('gives zero for a layer without relevance, and puts NaN last', () => {
    expect(concepts(new Float32Array(2), { top: 2, absNorm: true })).toEqual([
      { index: 0, relevance: 0 },
      { index: 1, relevance: 0 },
    ])
    const order = concepts(Float32Array.of(Number.NaN, -1, 2), { top: 3, absNorm: false })
    expect(order.map(({ index }) => index)).toEqual([2, 1, 0])
  })

  it('keeps the sum; magnitudes of the normalised ones add up to one', () => {
    const values = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(values, (list) => {
        const data = Float32Array.from(list)
        const total = data.reduce((a, b) => a + b, 0)
        const plain = concepts(data, { top: 3, absNorm: false })
        expect(plain.reduce((sum, c) => sum + c.relevance, 0)).toBeCloseTo(total, 6)
        const magnitude = plain.reduce((sum, c) => sum + Math.abs(c.relevance), 0)
        const normed = concepts(data, { top: 3, absNorm: true })
        const one = normed.reduce((sum, c) => sum + Math.abs(c.relevance), 0)
        expect(one).toBeCloseTo(magnitude / (magnitude + 1e-10), 9)
      }),
    )
  })
})

it('finds the greatest values as sorting all of them does', () => {
  const value = fc.oneof(
    fc.constantFrom(0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    fc.integer({ min: -3, max: 3 }),
    fc.double(),
  )
  fc.assert(
    fc.property(fc.array(value, { maxLength: 40 }), fc.integer({ min: 0, max: 45 }), (values, count) => {
      const rank = (v: number) => (Number.isNaN(v) ? Number.NEGATIVE_INFINITY : v)
      const order = (a: number, b: number) => {
        const [x, y] = [rank(values[a]!), rank(values[b]!)]
        return x === y ? a - b : y > x ? 1 : -1
      }
      expect(greatest(values, count)).toEqual([...values.keys()].sort(order).slice(0, count))
    }),
    { seed: 7, numRuns: 500 },
  )
})

it('finds many of many values in the time of a sort', () => {
  const ascending = Float64Array.from({ length: 200_000 }, (_, i) => Math.floor(i / 2))
  const start = process.cpuUsage()
  const all = greatest(ascending, ascending.length)
  // Insertion one by one takes ten times as long.
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(0.6)
  expect(all.slice(0, 4)).toEqual([199_998, 199_999, 199_996, 199_997])
  expect(all.at(-1)).toBe(1)
})
