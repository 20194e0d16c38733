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
import { attribute, refusal, register } from './api.ts'
import { gapOf, inexpressible } from './golden-gaps.ts'
import { goldenRequest, hasNormedConcepts, pairings, requestedRows } from './golden-http.ts'
import { type Stack, startStack } from './stack.ts'

const models = readdirSync(join(goldensRoot(), 'models'))
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))

const cases = attributionCases(models).filter(({ name }) => !(name in inexpressible))
const answered = cases.filter(({ name }) => gapOf(name) === undefined)
const refused = cases.filter(({ name }) => gapOf(name) !== undefined)

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

/** The case's model in the first export that can give its numbers. */
const anyModelOf = (golden: GoldenCase): Promise<string> => modelOf(golden, validVariants(golden)[0]!)

describe.concurrent('golden cases over HTTP', () => {
  const runs = answered.flatMap((golden) =>
    validVariants(golden).map((variant) => [golden.name, variant, golden] as const),
  )

  it.each(runs)('%s on %s', async (_name, variant, golden) => {
    const model = await modelOf(golden, variant)
    expect(await failures(golden, model, false)).toEqual([])
    if (hasNormedConcepts(golden)) expect(await failures(golden, model, true)).toEqual([])
  })
})

describe.concurrent('golden cases that need what is not implemented yet', () => {
  it.each(refused)('$name', async (golden) => {
    const problem = await refusal(stack.client, goldenRequest(golden, await anyModelOf(golden)))
    expect(problem).toMatchObject({ code: 'not-implemented', status: 422 })
    const pointers = problem.errors!.map(({ pointer }) => pointer)
    expect(pointers).toContainEqual(expect.stringMatching(gapOf(golden.name)!.at))
  })
})

describe('the service', () => {
  it('has nothing to warn of while it answers', () => {
    expect(stack.output()).toBe('')
  })
})
