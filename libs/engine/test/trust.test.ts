import { toProblem } from '@crp-serve/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attributionCases, caseArray, modelBytes, validVariants } from '../../../test/support/goldens.ts'
import { fp32, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

/** Residual networks of the golden cases, each in one of its exports. */
const residual = attributionCases(['resbasic', 'resbottle']).filter(({ name }) =>
  /^arch_(resbasic|resbottle)_epsilon_plus_flat$/.test(name),
)

let test: TestEngine
beforeAll(async () => {
  test = await startTestEngine()
  for (const golden of residual) {
    await register(test.engine, modelBytes(golden, validVariants(golden)[0]!), { name: golden.info.model })
  }
})
afterAll(() => test.close())

/** The trust blocks of a network's rows. */
async function trustOf(golden: (typeof residual)[number], composite: unknown, scale = 1) {
  const { shape, data } = caseArray(golden, 'input.npy')
  const { results } = await test.engine.attribute(
    taskOf({
      model: golden.info.model,
      inputs: [
        {
          tensor: fp32(
            shape,
            data.map((value) => value * scale),
          ),
        },
      ],
      conditions: [{ y: 'predicted' }],
      composite,
      output: { heatmap: ['tensor'] },
    } as never),
  )
  return results.map(({ trust }) => trust)
}

const composites = [
  'epsilon_plus',
  'epsilon_plus_flat',
  'epsilon_alpha2_beta1',
  'epsilon_alpha2_beta1_flat',
] as const

describe.each(residual.map((golden) => [golden.info.model, golden] as const))(
  'trust of %s',
  (_model, golden) => {
    it.each(composites)('balances with %s, sums and batch norms included', async (name) => {
      for (const composite of [{ name }, { base: name }]) {
        for (const { warnings, finite } of await trustOf(golden, composite)) {
          expect(warnings).toEqual([])
          expect(finite).toBe(true)
        }
      }
    })

    it.each(composites)('warns with %s where additions have their gradient, and names them', async (base) => {
      const layers = [{ match: { type: 'sum' }, rule: { name: 'gradient' } }]
      for (const { warnings, ratio, absorbed, initial } of await trustOf(golden, { layers, base })) {
        expect(warnings).toHaveLength(1)
        expect(warnings[0]).toMatch(/not accounted for.*Add.*\(gradient\)/)
        // What the warning says can be seen in the figures.
        const account =
          ratio! + Object.values(absorbed).reduce<number>((sum, part) => sum + part!, 0) / initial!
        expect(Math.abs(account - 1)).toBeGreaterThan(0.01)
      }
    })

    it('says nothing of a sum that means nothing', async () => {
      for (const { warnings } of await trustOf(golden, { name: 'gradient' })) expect(warnings).toEqual([])
    })

    it('flags values that are not finite', async () => {
      for (const trust of await trustOf(golden, { name: 'epsilon_plus' }, 3e37)) {
        expect(trust.finite).toBe(false)
        expect(trust.warnings).toEqual([expect.stringContaining('not finite')])
        expect(trust.ratio).toBeNull()
      }
    })

    it('refuses a picture of values that are not finite', async () => {
      const { shape, data } = caseArray(golden, 'input.npy')
      const task = taskOf({
        model: golden.info.model,
        inputs: [
          {
            tensor: fp32(
              shape,
              data.map((value) => value * 3e37),
            ),
          },
        ],
        conditions: [{ y: [0] }],
      } as never)
      const problem = toProblem(await test.engine.attribute(task).catch((error: unknown) => error))
      expect(problem).toMatchObject({ code: 'heatmap-not-finite', errors: [{ pointer: '/output/heatmap' }] })
    })
  },
)
