import { expect } from 'vitest'
import { inferTypes, type Model, writeModel } from '../src/index.ts'
import { inputShapes } from './check.ts'
import { run } from './ort.ts'

/**
 * Checks that two models give the same outputs in ONNX Runtime for batches of one and three, to `limit` of the largest
 * value; a limit of 0 asks for equal numbers.
 */
export async function expectSameResults(expected: Model, actual: Model, limit: number): Promise<void> {
  const inferred = inferTypes(expected)
  for (const batch of [1, 3]) {
    const shapes = inputShapes(expected, inferred, batch)
    const wanted = await run(writeModel(expected), shapes)
    const found = await run(writeModel(actual), shapes)
    expect([...found.keys()]).toEqual([...wanted.keys()])
    for (const [name, { dims, data }] of wanted) {
      const [a, b] = [data as Float32Array, found.get(name)!.data as Float32Array]
      expect(found.get(name)!.dims).toEqual(dims)
      const largest = a.reduce((top, value) => Math.max(top, Math.abs(value)), 0)
      expect(largest).toBeGreaterThan(0)
      const difference = a.reduce((top, value, i) => Math.max(top, Math.abs(value - b[i]!)), 0)
      expect(difference).toBeLessThanOrEqual(limit * largest)
    }
  }
}
