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
} from '../reference/arbitraries.ts'
import { EngineSession } from './engine-session.ts'
import { disagreement, type Trial, trials } from './layer-trial.ts'
import { expectRefused, refusal } from './refusals.ts'
import type { RuleChoice } from './rule-set.ts'

const seed = 20_240_601

const operators: Readonly<Record<string, fc.Arbitrary<RandomLayer>>> = {
  Conv: convLayer,
  ConvTranspose: convTransposeLayer,
  Gemm: gemmLayer,
  MatMul: matMulLayer,
  'MatMul with a vector': vectorLayer,
  MaxPool: maxPoolLayer,
  AveragePool: averagePoolLayer,
  'global pools': globalPoolLayer,
  sums: sumLayer,
  BatchNormalization: batchNormLayer,
  activations: activationLayer,
  'operators that move values': shapeLayer,
}

describe('the engine in float32 agrees with the reference in float64', () => {
  let engine: EngineSession
  beforeAll(async () => {
    engine = await EngineSession.start()
  })
  afterAll(() => engine.close())

  test.each(Object.entries(operators))('%s', async (_name, layers) => {
    const property = fc.asyncProperty(trials(layers), async (trial) => {
      const reason = refusal(trial.layer)
      if (reason === undefined) expect(await disagreement(engine, trial)).toBeNull()
      else expectRefused(trial, reason)
    })
    await fc.assert(property, { seed, numRuns: 60, maxSkipsPerRun: 0.5 })
  })

  const wrong: readonly [string, RuleChoice['request'], RuleChoice['reference']][] = [
    ['epsilon as z_plus', { name: 'epsilon' }, { name: 'z_plus' }],
    ['an epsilon of 1e-5 as 1e-6', { name: 'epsilon', epsilon: 1e-5 }, { name: 'epsilon' }],
    ['gamma 0.25 as 0.251', { name: 'gamma', gamma: 0.25 }, { name: 'gamma', gamma: 0.251 }],
    ['z_plus without its bias', { name: 'z_plus', zero_params: ['bias'] }, { name: 'z_plus' }],
    ['alpha_beta without beta', { name: 'alpha_beta' }, { name: 'alpha_beta', alpha: 2, beta: 0 }],
    [
      'z_box with another bound',
      { name: 'z_box', low: -1, high: 1 },
      { name: 'z_box', low: -1, high: 1.001 },
    ],
    ['w_square as flat', { name: 'w_square' }, { name: 'flat' }],
    ['norm as gradient', { name: 'norm' }, { name: 'gradient' }],
  ]

  test.each(wrong)('a wrong rule is found out: %s', async (_name, request, reference) => {
    const mistaken = trials(convLayer).map(
      (trial): Trial => ({ ...trial, rules: { ...trial.rules, convolution: { request, reference } } }),
    )
    const property = fc.asyncProperty(mistaken, async (trial) => {
      expect(await disagreement(engine, trial)).toBeNull()
    })
    const { failed, errorInstance } = await fc.check(property, { seed, numRuns: 20, endOnFailure: true })
    expect(failed).toBe(true)
    expect(String((errorInstance as { actual?: unknown }).actual)).toContain('of the maximum')
  })
})
