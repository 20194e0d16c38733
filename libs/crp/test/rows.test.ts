import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batches, groupRows, planRows } from '../src/index.ts'

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

const limits = { rows: 2, pieces: 2, severalSamples: true }
const shapeOf = (list: ReturnType<typeof batches>) =>
  list.map(({ samples, pieces }) => [samples, pieces.map((piece) => piece.map(({ index }) => index))])

describe('batches', () => {
  it('lets the conditions of one sample share its forward pass', () => {
    expect(shapeOf(batches(planRows(2, 5, 'product'), limits))).toEqual([
      [
        [0],
        [
          [0, 1],
          [2, 3],
        ],
      ],
      [[0], [[4]]],
      [
        [1],
        [
          [5, 6],
          [7, 8],
        ],
      ],
      [[1], [[9]]],
    ])
  })

  it('keeps rows apart that do not share what lies above them', () => {
    const parity = ({ condition }: { condition: number }) => String(condition % 2)
    expect(shapeOf(batches(planRows(1, 3, 'product'), limits, parity))).toEqual([[[0], [[0, 2], [1]]]])
  })

  it('puts samples with one row each together, unless the model takes one sample at a time', () => {
    const rows = planRows(3, 1, 'product')
    expect(shapeOf(batches(rows, limits))).toEqual([
      [[0, 1], [[0, 1]]],
      [[2], [[2]]],
    ])
    expect(batches(rows, { ...limits, severalSamples: false }).map(({ samples }) => samples)).toEqual([
      [0],
      [1],
      [2],
    ])
  })

  it('covers every row exactly once, within the limits, with one sample or one per row', () => {
    const request = fc.record({
      samples: fc.integer({ min: 1, max: 6 }),
      conditions: fc.integer({ min: 1, max: 6 }),
      rows: fc.integer({ min: 1, max: 5 }),
      pieces: fc.integer({ min: 1, max: 3 }),
      severalSamples: fc.boolean(),
      plans: fc.integer({ min: 1, max: 3 }),
      targets: fc.integer({ min: 1, max: 3 }),
    })
    fc.assert(
      fc.property(request, ({ samples, conditions, plans, targets, ...bounds }) => {
        const rows = planRows(samples, conditions, 'product')
        const groups = groupRows(rows, ({ condition }) => String(condition % plans))
        const target = ({ condition }: { condition: number }) => String(condition % targets)
        const all = groups.flatMap((group) => batches(group, bounds, target))
        const covered = all.flatMap(({ pieces }) => pieces.flat().map(({ index }) => index))
        expect(covered.sort((a, b) => a - b)).toEqual(rows.map(({ index }) => index))
        for (const { samples: fed, pieces } of all) {
          expect(pieces.length).toBeLessThanOrEqual(bounds.pieces)
          for (const piece of pieces) {
            expect(piece.length).toBeLessThanOrEqual(bounds.rows)
            const wanted = piece.map(({ sample }) => sample)
            expect(fed).toEqual(fed.length === 1 ? [...new Set(wanted)] : wanted)
            if (fed.length === 1 && wanted.length > 1) expect(new Set(piece.map(target)).size).toBe(1)
          }
          if (!bounds.severalSamples) expect(fed.length).toBe(1)
        }
      }),
    )
  })
})
