import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../support/compare.ts'
import {
  attributionCases,
  type GoldenCase,
  goldensRoot,
  modelBytes,
  validVariants,
} from '../support/goldens.ts'
import { attribute, register } from './api.ts'
import { goldenRequest, hasNormedConcepts, inexpressible, pairings, requestedRows } from './golden-http.ts'
import { type Stack, startStack } from './stack.ts'

const models = readdirSync(join(goldensRoot(), 'models'))
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))

const cases = attributionCases(models).filter(({ name }) => !(name in inexpressible))

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ env: { ENGINE_PROCESSES: '2', ENGINE_THREADS: '1' } })
})
afterAll(() => stack.stop())

const registered = new Map<string, Promise<unknown>>()

/** Registers one export of the case's model, once. */
async function modelOf(golden: GoldenCase, variant: string): Promise<string> {
  const name = `${golden.info.model}.${variant}`
  const upload = () =>
    register(stack.origin, modelBytes(golden, variant), { name, output: { start: 'output' } })
  registered.set(name, registered.get(name) ?? upload())
  await registered.get(name)
  return name
}

/** Every array of an answer that is further off than the case allows. */
async function failures(golden: GoldenCase, model: string, absNorm: boolean): Promise<string[]> {
  const { results } = await attribute(stack.client, goldenRequest(golden, model, absNorm))
  const order = results.map(({ sample, condition }) => ({ sample, condition }))
  expect(order).toEqual(requestedRows(golden))
  const limit = Math.max(1e-4, golden.info.tolerance.rtol_of_max ?? 1e-4)
  return pairings(golden, results, absNorm).flatMap(({ name, expected, actual }) => {
    const { passed, message } = compareArrays(expected, actual, limit)
    return passed ? [] : [`${name}: ${message}`]
  })
}

describe.concurrent('golden cases over HTTP', () => {
  const runs = cases.flatMap((golden) =>
    validVariants(golden).map((variant) => [golden.name, variant, golden] as const),
  )

  it.each(runs)('%s on %s', async (_name, variant, golden) => {
    const model = await modelOf(golden, variant)
    expect(await failures(golden, model, false)).toEqual([])
    if (hasNormedConcepts(golden)) expect(await failures(golden, model, true)).toEqual([])
  })
})

describe('the service', () => {
  it('has nothing to warn of while it answers', () => {
    expect(stack.output()).toBe('')
  })
})
