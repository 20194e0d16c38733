import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { amplification, solve } from './conditioning.ts'
import { EngineSession } from './engine-session.ts'
import { convolutionNets, type ForkNet, linearNets } from './fork-net.ts'
import {
  compileFork,
  type ForkTrial,
  feedsOfSamples,
  forkDifferences,
  forkProblem,
  forkTrials,
} from './fork-trial.ts'

const seed = 20_240_603

/** Several layers add up their roundings: tamer problems than float32 could take, a wider tolerance than for one layer. */
const [tamest, tolerance] = [64, 2e-5]

const networks: Readonly<Record<string, fc.Arbitrary<ForkNet>>> = {
  'networks of convolutions': convolutionNets,
  'networks with a fully connected layer': linearNets,
}

describe('masks, exclude_parallel and recorded layers on networks with a fork', () => {
  let engine: EngineSession
  beforeAll(async () => {
    engine = await EngineSession.start()
  })
  afterAll(() => engine.close())

  /** The engine under one trial against the reference under another one. */
  async function differences(asked: ForkTrial, expected: ForkTrial): Promise<string[]> {
    const problem = forkProblem(expected)
    const answer = solve(problem)
    fc.pre(amplification(problem, answer) <= tamest)
    const run = compileFork(asked)
    return forkDifferences(run, answer, await engine.run(run, feedsOfSamples(asked, run)), tolerance)
  }

  test.each(Object.entries(networks))('%s', async (_name, nets) => {
    const property = fc.asyncProperty(forkTrials(nets), async (trial) => {
      expect(await differences(trial, trial)).toEqual([])
    })
    await fc.assert(property, { seed, numRuns: 30, maxSkipsPerRun: 0.6 })
  })

  test('a walk that ignores exclude_parallel is found out', async () => {
    const masked = forkTrials(convolutionNets).filter(({ masked: sites }) => sites.length > 0)
    const property = fc.asyncProperty(masked, async (trial) => {
      const mistaken = { ...trial, excludeParallel: !trial.excludeParallel }
      expect(await differences(trial, mistaken)).toEqual([])
    })
    const { failed, errorInstance } = await fc.check(property, { seed, numRuns: 20, endOnFailure: true })
    expect(failed).toBe(true)
    expect(String((errorInstance as { actual?: unknown }).actual)).toContain('of the maximum')
  })

  test('masks in the wrong row are found out', async () => {
    const several = forkTrials(convolutionNets).filter(
      ({ masked, conditions }) => masked.length > 0 && conditions.length > 1,
    )
    const property = fc.asyncProperty(several, async (trial) => {
      const mistaken = { ...trial, conditions: [...trial.conditions].reverse() }
      expect(await differences(trial, mistaken)).toEqual([])
    })
    const { failed, errorInstance } = await fc.check(property, { seed, numRuns: 20, endOnFailure: true })
    expect(failed).toBe(true)
    expect(String((errorInstance as { actual?: unknown }).actual)).toContain('of the maximum')
  })
})
