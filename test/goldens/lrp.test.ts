import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../support/compare.ts'
import { attributionCases, type GoldenCase, goldensRoot, validVariants } from '../support/goldens.ts'
import { readNumpy } from '../support/numpy.ts'
import { CaseRunner } from './execute-case.ts'

/** Cases that this runner cannot express, with the reason. */
const leftOut: Readonly<Record<string, string>> = {
  crp_init_square: 'the square of the prediction as start is a Python callable',
}

const models = readdirSync(join(goldensRoot(), 'models'))
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))

/** Names of the expected arrays of a case: paths below `expected` without their ending. */
function expectedNames({ folder }: GoldenCase): readonly string[] {
  const root = join(folder, 'expected')
  const nested = ['relevance', 'activation'].filter((name) => existsSync(join(root, name)))
  const inside = nested.flatMap((name) => readdirSync(join(root, name)).map((file) => `${name}/${file}`))
  return [...readdirSync(root).filter((name) => name.endsWith('.npy')), ...inside].map((f) =>
    f.replace(/\.npy$/, ''),
  )
}

describe('golden cases through libs/lrp', () => {
  let runner: CaseRunner
  beforeAll(async () => {
    runner = await CaseRunner.start()
  })
  afterAll(() => runner.close())

  const cases = attributionCases(models).filter(({ name }) => !(name in leftOut))
  it.each(
    cases.flatMap((golden) =>
      validVariants(golden).map((variant) => [golden.name, variant, golden] as const),
    ),
  )('%s on %s', async (_name, variant, golden) => {
    const results = await runner.run(golden, variant)
    const names = expectedNames(golden)
    expect(names.length).toBeGreaterThan(0)
    const failures = names.flatMap((name) => {
      const expected = readNumpy(join(golden.folder, 'expected', `${name}.npy`))
      const actual = results.get(name)
      if (!actual) return [`${name}: no result`]
      const limit = Math.max(1e-4, golden.info.tolerance.rtol_of_max ?? 1e-4)
      const { passed, message } = compareArrays(expected, actual, limit)
      return passed ? [] : [`${name}: ${message}`]
    })
    expect(failures.join('\n')).toBe('')
  })
})
