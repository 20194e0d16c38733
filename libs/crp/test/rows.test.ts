import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupRows, pieces, planRows } from '../src/index.ts'

const pairsOf = (rows: readonly { sample: number; condition: number }[]) =>
  rows.map(({ sample, condition }) => [sample, condition])

describe('planRows', () => {
  it('crosses sample-major and zips in order', () => {
    expect(pairsOf(planRows(2, 3, 'product'))).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ])
    expect(pairsOf(planRows(2, 2, 'zip'))).toEqual([
      [0, 0],
      [1, 1],
    ])
  })

  it('refuses to zip unequal counts', () => {
    expect(() => planRows(2, 3, 'zip')).toThrow(RangeError)
  })
})

describe('pieces', () => {
  it('lets the conditions of one sample share its forward pass', () => {
    const cut = pieces(planRows(2, 3, 'product'), { rows: 2, severalSamples: true })
    expect(cut.map(({ samples, rows }) => [samples, rows.map(({ index }) => index)])).toEqual([
      [[0], [0, 1]],
      [[0], [2]],
      [[1], [3, 4]],
      [[1], [5]],
    ])
  })

  it('puts samples with one row each together, unless the model takes one sample at a time', () => {
    const rows = planRows(3, 1, 'product')
    expect(pieces(rows, { rows: 2, severalSamples: true }).map(({ samples }) => samples)).toEqual([
      [0, 1],
      [2],
    ])
    expect(pieces(rows, { rows: 2, severalSamples: false }).map(({ samples }) => samples)).toEqual([
      [0],
      [1],
      [2],
    ])
  })

  it('covers every row exactly once, within the limit, with one sample or one per row', () => {
    const request = fc.record({
      samples: fc.integer({ min: 1, max: 6 }),
      conditions: fc.integer({ min: 1, max: 6 }),
      limit: fc.integer({ min: 1, max: 5 }),
      severalSamples: fc.boolean(),
      plans: fc.integer({ min: 1, max: 3 }),
    })
    fc.assert(
      fc.property(request, ({ samples, conditions, limit, severalSamples, plans }) => {
        const rows = planRows(samples, conditions, 'product')
        const groups = groupRows(rows, ({ condition }) => String(condition % plans))
        const cut = groups.flatMap((group) => pieces(group, { rows: limit, severalSamples }))
        const covered = cut.flatMap((piece) => piece.rows.map(({ index }) => index))
        expect(covered.sort((a, b) => a - b)).toEqual(rows.map(({ index }) => index))
        for (const { rows: together, samples: fed } of cut) {
          expect(together.length).toBeLessThanOrEqual(limit)
          const wanted = together.map(({ sample }) => sample)
          expect(fed).toEqual(fed.length === 1 ? [...new Set(wanted)] : wanted)
          if (!severalSamples) expect(fed.length).toBe(1)
        }
      }),
    )
  })
})
