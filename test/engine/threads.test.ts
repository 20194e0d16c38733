import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RandomLayer, tokenLayer, wideConvLayer } from '../reference/arbitraries.ts'
import { EngineSession } from './engine-session.ts'
import { compileTrial } from './layer-trial.ts'
import { differing, explainableTrials, layerRows } from './row-bits.ts'

const seed = 20_261_127

/** What ONNX Runtime shares out among threads in ways that go by the batch. */
const wide: Readonly<Record<string, fc.Arbitrary<RandomLayer>>> = {
  convolutions: wideConvLayer,
  'products of tokens': tokenLayer,
}

describe.each([2, 5, 16])(
  'what a row gets does not depend on its batch: long sums, %i threads',
  (threads) => {
    let engine: EngineSession
    beforeAll(async () => {
      engine = await EngineSession.start(threads)
    })
    afterAll(() => engine.close())

    test.each(Object.entries(wide))('%s', async (_name, layers) => {
      const property = fc.asyncProperty(explainableTrials(layers), async (trial) => {
        const run = compileTrial(trial)
        const [riding, copies, alone, several] = await engine.run(run, [
          layerRows(trial, run, [0], [0, 1, 2]),
          layerRows(trial, run, [0, 0, 0], [0, 1, 2]),
          layerRows(trial, run, [0], [0]),
          layerRows(trial, run, [0, 0, 0, 1, 1, 2, 2], [0, 1, 2, 0, 1, 2, 0]),
        ])
        expect(differing(run, 3, riding!, copies!)).toEqual([])
        expect(differing(run, 1, alone!, copies!)).toEqual([])
        expect(differing(run, 3, copies!, several!)).toEqual([])
      })
      await fc.assert(property, { seed, numRuns: 15 })
    })
  },
)
