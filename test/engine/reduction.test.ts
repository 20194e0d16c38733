import { analyse, canonize, predictionModel } from '@crp-serve/lrp'
import { GraphBuilder, type Model } from '@crp-serve/onnx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EngineSession } from './engine-session.ts'

/** The sum over all of a row. */
function sumOf(positions: number): Model {
  const b = new GraphBuilder()
  b.input('x', 'float32', ['N', 1, positions])
  b.output('y', b.op('ReduceSum', ['x', b.ints([2])], { keepdims: 0 }), 'float32', ['N', 1])
  const model = { irVersion: 8, producer: '', opsets: { '': 18 }, graph: b.build('sum'), metadata: {} }
  return predictionModel(analyse(canonize(model, { mergeBatchNorm: true }).model))
}

let session: EngineSession
beforeAll(async () => {
  session = await EngineSession.start()
})
afterAll(() => session.close())

describe('long sums', () => {
  // In one piece, in two stages, in three, with a prime number of parts, and a number without a divisor.
  it.each([1000, 50_176, 1024 ** 2 * 2, 2062, 1031])(
    'over %i positions are near float64',
    async (positions) => {
      const data = Float32Array.from({ length: 2 * positions }, (_, i) => 1 + Math.sin(i * 12.9898) / 2)
      const feeds = { x: { type: 'float32' as const, dims: [2, 1, positions], data } }
      const [result] = await session.run({ compiled: { model: sumOf(positions) } }, [feeds])
      const exact = [0, 1].map((row) =>
        data.subarray(row * positions, (row + 1) * positions).reduce((sum, value) => sum + value, 0),
      )
      const sums = result!['y']!.data as Float32Array
      const apart = exact.map((sum, row) => Math.abs(sums[row]! - sum) / sum)
      // Adding up one by one is off by up to 1e-4 here; parts of at most 1024 by far less.
      expect(Math.max(...apart)).toBeLessThan(2e-6)
    },
  )
})
