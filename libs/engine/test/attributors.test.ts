import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../../../test/support/compare.ts'
import { attributorCases, attributorRequest } from '../../../test/support/golden-attributors.ts'
import { readNumpy } from '../../../test/support/numpy.ts'
import { fp32, numbers, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

let test: TestEngine
beforeAll(async () => {
  test = await startTestEngine()
})
afterAll(() => test.close())

const stacked = (rows: readonly { shape: readonly number[]; data: Float32Array }[]) => ({
  shape: [rows.length, ...rows[0]!.shape],
  data: rows.flatMap(({ data }) => Array.from(data)),
})

describe('golden attributors through the engine', () => {
  const runs = attributorCases().flatMap((golden) =>
    Object.entries(golden.info.variants)
      .filter(([, { valid }]) => valid)
      .map(([variant, { file }]) => [golden.name, variant, golden, file] as const),
  )

  it.each(runs)('%s on %s', async (_name, variant, golden, file) => {
    const model = `${golden.info.model}.${variant}`
    const bytes = readFileSync(join(golden.folder, file))
    await register(test.engine, bytes, { name: model, output: { start: 'output' } })
    const { results } = await test.engine.attribute(taskOf(attributorRequest(golden, model, fp32) as never))
    const expected = (name: string) => readNumpy(join(golden.folder, 'expected', `${name}.npy`))
    const attribution = stacked(results.map((result) => numbers(result.input_relevance!)))
    const prediction = stacked(results.map((result) => numbers(result.prediction.tensor!)))
    const limit = golden.info.tolerance.rtol_of_max ?? 1e-4
    expect(compareArrays(expected('attribution'), attribution, limit)).toMatchObject({ passed: true })
    expect(compareArrays(expected('prediction'), prediction, limit)).toMatchObject({ passed: true })
  })
})
