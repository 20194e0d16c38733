import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  activationLayer,
  averagePoolLayer,
  batchNormLayer,
  convLayer,
  convTransposeLayer,
  gemmLayer,
  globalPoolLayer,
  matMulLayer,
  maxPoolLayer,
  type RandomLayer,
  shapeLayer,
  sumLayer,
  vectorLayer,
  wideProductLayer,
} from '../reference/arbitraries.ts'
import { type CompiledRun, feedsOf, type RowFeeds } from './compiled-run.ts'
import { EngineSession, type Fetched } from './engine-session.ts'
import { convolutionNets, linearNets } from './fork-net.ts'
import { compileFork, type ForkTrial, forkTrials, pairedRows, ridingRows } from './fork-trial.ts'
import { compileTrial } from './layer-trial.ts'
import { differing, explainableTrials, layerRows, numbers } from './row-bits.ts'

const seed = 20_240_602

/** Every kind of operator: results are promised to be the same bits in every batch. */
const steady: Readonly<Record<string, fc.Arbitrary<RandomLayer>>> = {
  Conv: convLayer,
  ConvTranspose: convTransposeLayer,
  Gemm: gemmLayer,
  MatMul: matMulLayer,
  'MatMul with a vector': vectorLayer,
  'wide products': wideProductLayer,
  MaxPool: maxPoolLayer,
  AveragePool: averagePoolLayer,
  'global pools': globalPoolLayer,
  sums: sumLayer,
  BatchNormalization: batchNormLayer,
  activations: activationLayer,
  'operators that move values': shapeLayer,
}

describe('what a row gets does not depend on the batch that it travels in', () => {
  let engine: EngineSession
  beforeAll(async () => {
    engine = await EngineSession.start()
  })
  afterAll(() => engine.close())

  const both = async (run: CompiledRun, a: RowFeeds, b: RowFeeds): Promise<readonly [Fetched, Fetched]> => {
    const [first, second] = await engine.run(run, [a, b])
    return [first!, second!]
  }

  test.each(Object.entries(steady))('%s: riding on one sample, a copy each, alone', async (_name, layers) => {
    const property = fc.asyncProperty(explainableTrials(layers), async (trial) => {
      const run = compileTrial(trial)
      const feeds = [
        layerRows(trial, run, [0], [0, 1, 2]),
        layerRows(trial, run, [0, 0, 0], [0, 1, 2]),
        layerRows(trial, run, [0], [0]),
      ]
      const [riding, copies, alone] = await engine.run(run, feeds)
      expect(differing(run, 3, riding!, copies!)).toEqual([])
      expect(differing(run, 1, alone!, copies!)).toEqual([])
    })
    await fc.assert(property, { seed, numRuns: 20 })
  })

  test.each(Object.entries(steady))('%s: rows in another order', async (_name, layers) => {
    const several = explainableTrials(layers).filter(({ layer }) => layer.input.shape[0]! > 1)
    const property = fc.asyncProperty(several, async (trial) => {
      const run = compileTrial(trial)
      const rows = numbers(trial.layer.input.shape[0]!)
      const reverse = [...rows].reverse()
      const [a, b] = await both(
        run,
        layerRows(trial, run, rows, rows),
        layerRows(trial, run, reverse, reverse),
      )
      expect(differing(run, rows.length, a, b, reverse)).toEqual([])
    })
    await fc.assert(property, { seed, numRuns: 20 })
  })

  test('networks of convolutions with masks: riding on one sample, or a copy each', async () => {
    const property = fc.asyncProperty(forkTrials(convolutionNets), async (trial) => {
      const run = compileFork(trial)
      const rows = trial.conditions.length
      const [a, b] = await both(run, feedsOf(run, ridingRows(trial, 0)), feedsOf(run, pairedRows(trial, 0)))
      expect(differing(run, rows, a, b)).toEqual([])
    })
    await fc.assert(property, { seed, numRuns: 15 })
  })

  /** All conditions with the targets of the first one, so that the upper part has one row. */
  const oneTarget = (trial: ForkTrial): ForkTrial => ({
    ...trial,
    conditions: trial.conditions.map(({ masks }) => ({ masks, y: trial.conditions[0]!.y })),
  })

  const wholeAndCut = async (trial: ForkTrial, run: CompiledRun) => {
    const rows = ridingRows(trial, 0)
    const [whole] = await engine.run(run, [feedsOf(run, rows)])
    const cut = await engine.runParts(run, feedsOf(run, { ...rows, select: rows.select.slice(0, 1) }))
    return [whole!, cut] as const
  }

  test('a cut graph, its upper part at one row, gives the bits of the whole one', async () => {
    const property = fc.asyncProperty(forkTrials(convolutionNets).map(oneTarget), async (trial) => {
      const run = compileFork(trial)
      expect(run.parts).toHaveLength(2 + trial.masked.length)
      const [whole, cut] = await wholeAndCut(trial, run)
      expect(differing(run, trial.conditions.length, whole, cut)).toEqual([])
    })
    await fc.assert(property, { seed, numRuns: 15 })
  })

  test('the same with fully connected layers', async () => {
    const property = fc.asyncProperty(forkTrials(linearNets).map(oneTarget), async (trial) => {
      const run = compileFork(trial)
      const [whole, cut] = await wholeAndCut(trial, run)
      expect(differing(run, trial.conditions.length, whole, cut)).toEqual([])
    })
    await fc.assert(property, { seed, numRuns: 15 })
  })
})
