import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Schemas } from '@crp-serve/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../support/compare.ts'
import { attributorCases, attributorRequest } from '../support/golden-attributors.ts'
import { readNumpy } from '../support/numpy.ts'
import { attribute, fp32, numbers, register } from './api.ts'
import { type Stack, startStack } from './stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

const stacked = (tensors: readonly (Schemas['ResultTensor'] | undefined)[]) => {
  const rows = tensors.map(numbers)
  return { shape: [rows.length, ...rows[0]!.shape], data: rows.flatMap(({ data }) => Array.from(data)) }
}

describe('golden attributors over HTTP', () => {
  const registered = new Set<string>()
  const runs = attributorCases().flatMap((golden) =>
    Object.entries(golden.info.variants)
      .filter(([, { valid }]) => valid)
      .map(([variant, { file }]) => [golden.name, variant, golden, file] as const),
  )

  it.each(runs)('%s on %s', async (_name, variant, golden, file) => {
    const name = `${golden.info.model}.${variant}`
    if (!registered.has(name)) {
      registered.add(name)
      await register(stack.origin, readFileSync(join(golden.folder, file)), {
        name,
        output: { start: 'output' },
      })
    }
    const request = attributorRequest(golden, name, fp32) as Schemas['AttributionRequest']
    const { results } = await attribute(stack.client, request)
    const expected = (array: string) => readNumpy(join(golden.folder, 'expected', `${array}.npy`))
    const limit = golden.info.tolerance.rtol_of_max ?? 1e-4
    const attribution = stacked(results.map(({ input_relevance }) => input_relevance))
    expect(compareArrays(expected('attribution'), attribution, limit)).toMatchObject({ passed: true })
    const prediction = stacked(results.map((result) => result.prediction.tensor))
    expect(compareArrays(expected('prediction'), prediction, limit)).toMatchObject({ passed: true })
  })
})
