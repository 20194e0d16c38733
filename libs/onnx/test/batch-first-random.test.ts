import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inferTypes, type Model, moveBatchFirst, writeModel } from '../src/index.ts'
import { run } from './ort.ts'
import { randomMoves } from './random-moves/program.ts'

async function outputOf(model: Model, batch: number): Promise<{ dims: readonly number[]; data: number[] }> {
  const { dims, data } = (await run(writeModel(model), { x: [batch, 4, 6] })).get('y')!
  return { dims, data: Array.from(data as Float32Array) }
}

/** Largest difference over the largest value. */
function apart(a: readonly number[], b: readonly number[]): number {
  const largest = (values: readonly number[]) => values.reduce((top, v) => Math.max(top, Math.abs(v)), 0)
  return largest(a.map((value, i) => value - b[i]!)) / Math.max(largest(a), 1e-6)
}

it('moveBatchFirst computes the same of random programs, wherever their samples go', async () => {
  let moved = 0
  const property = fc.asyncProperty(
    fc.array(fc.nat(5039), { minLength: 8, maxLength: 60 }),
    async (given) => {
      const model = randomMoves(given)
      const result = moveBatchFirst(model, inferTypes(model))
      if (result === model) return
      moved++
      for (const batch of [1, 3]) {
        const [expected, actual] = [await outputOf(model, batch), await outputOf(result, batch)]
        expect(actual.dims).toEqual(expected.dims)
        expect(apart(expected.data, actual.data)).toBeLessThanOrEqual(1e-5)
      }
    },
  )
  await fc.assert(property, { seed: 20_241_127, numRuns: 150 })
  expect(moved).toBeGreaterThan(40)
})
