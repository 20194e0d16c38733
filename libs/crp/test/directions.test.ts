import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { basisTensor, type DirectionError, directionSelection, spanBasis } from '../src/index.ts'

type Matrix = readonly (readonly number[])[]

/** The projection Q Q' of a basis. */
const projection = (basis: readonly Float64Array[], size: number): Matrix =>
  Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => basis.reduce((sum, column) => sum + column[i]! * column[j]!, 0)),
  )

const times = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)))

const transposed = (a: Matrix): number[][] => a[0]!.map((_, j) => a.map((row) => row[j]!))

/** The inverse of a small matrix (Gauss-Jordan with pivots). */
function inverse(matrix: Matrix): number[][] {
  const n = matrix.length
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let i = 0; i < n; i++) {
    const pivot = rows.reduce(
      (best, row, k) => (k >= i && Math.abs(row[i]!) > Math.abs(rows[best]![i]!) ? k : best),
      i,
    )
    const swapped = rows[i]!
    rows[i] = rows[pivot]!.map((value) => value / rows[pivot]![i]!)
    if (pivot !== i) rows[pivot] = swapped
    for (let k = 0; k < n; k++)
      if (k !== i) rows[k] = rows[k]!.map((value, j) => value - rows[k]![i]! * rows[i]![j]!)
  }
  return rows.map((row) => row.slice(n))
}

/** W W+ of independent columns, by its definition: W (W' W)^-1 W'. */
function byNormalEquations(vectors: Matrix): number[][] {
  const w = transposed(vectors)
  return times(times(w, inverse(times(vectors, w))), vectors)
}

const difference = (a: Matrix, b: Matrix): number =>
  a.reduce((top, row, i) => row.reduce((t, value, j) => Math.max(t, Math.abs(value - b[i]![j]!)), top), 0)

describe('spanBasis', () => {
  it('projects as W W+ of independent vectors does', () => {
    const entry = fc.integer({ min: -50, max: 50 })
    const vectors = fc.array(fc.array(entry, { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(vectors, (list) => {
        // A diagonal that is large enough makes the vectors independent.
        const independent = list.map((vector, i) => vector.map((value, j) => (i === j ? 300 + value : value)))
        const expected = byNormalEquations(independent)
        expect(difference(projection(spanBasis(independent), 5), expected)).toBeLessThan(1e-12)
      }),
    )
  })

  it('has as many columns as the vectors have dimensions, whatever their lengths', () => {
    const vectors = [
      [1, 2, 3],
      [2e200, 4e200, 6e200],
      [1e-300, 0, 0],
      [3, 2, 3],
    ]
    const basis = spanBasis(vectors)
    expect(basis).toHaveLength(2)
    const expected = byNormalEquations([
      [1, 2, 3],
      [1, 0, 0],
    ])
    expect(difference(projection(basis, 3), expected)).toBeLessThan(1e-12)
  })

  it('stays orthonormal where vectors nearly agree', () => {
    const basis = spanBasis([
      [1, 1e-7, 0],
      [1, 0, 1e-7],
      [1, 0, 0],
    ])
    const p = projection(basis, 3)
    expect(basis).toHaveLength(3)
    expect(difference(times(p, p), p)).toBeLessThan(1e-14)
  })
})

describe('directionSelection', () => {
  it('is the channels where every vector is one', () => {
    expect(
      directionSelection(
        [
          [0, 2, 0],
          [-1, 0, 0],
        ],
        3,
      ),
    ).toEqual({ kind: 'channels', channels: [1, 0] })
    expect(directionSelection([[1, 1, 0]], 3).kind).toBe('span')
  })

  it.each([
    [
      'a vector of zeros',
      [
        [1, 1],
        [0, 0],
      ],
      1,
      /points nowhere/,
    ],
    ['a vector of the wrong size', [[1, 1, 1]], 0, /3 weights, but the layer has 2 channels/],
    [
      'more vectors than channels',
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
      null,
      /3 directions are more than the 2 channels/,
    ],
  ])('refuses %s', (_what, vectors, direction, message) => {
    const refusal = (): DirectionError => {
      try {
        throw new Error(`accepted as ${JSON.stringify(directionSelection(vectors, 2))}`)
      } catch (error) {
        return error as DirectionError
      }
    }
    expect(refusal()).toMatchObject({
      code: 'direction-invalid',
      direction,
      message: expect.stringMatching(message),
    })
  })
})

describe('basisTensor', () => {
  it('fills rows with fewer directions up with zeros', () => {
    const tensor = basisTensor([[Float64Array.of(1, 2)], [Float64Array.of(3, 4), Float64Array.of(5, 6)]], 2)
    expect(tensor.dims).toEqual([2, 2, 2])
    expect([...tensor.data]).toEqual([1, 0, 2, 0, 3, 5, 4, 6])
  })
})
