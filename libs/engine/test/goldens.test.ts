import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../../../test/support/compare.ts'
import { requestComposite, requestStart } from '../../../test/support/golden-request.ts'
import {
  attributionCases,
  caseArray,
  expectedArrays,
  type GoldenCase,
  goldensRoot,
  modelBytes,
  validVariants,
} from '../../../test/support/goldens.ts'
import type { NumpyArray } from '../../../test/support/numpy.ts'
import { fp32, numbers, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

/** One case for each thing that plain attributions do beside libs/lrp; every conditional one is run. */
const plain = [
  'arch_vgg_epsilon_plus_flat',
  'arch_vgg_gradient',
  'arch_vggbn_epsilon_plus',
  'arch_resbasic_epsilon_plus_flat',
  'rule_first_conv_zbox_full_tensor',
]

/** The square of the prediction as start is a Python callable, which no request can express. */
const inexpressible = ['crp_init_square']

const models = readdirSync(join(goldensRoot(), 'models'))
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))

const cases = attributionCases(models).filter(
  ({ name }) => plain.includes(name) || (/^(crp|peer)_/.test(name) && !inexpressible.includes(name)),
)

/** The rows of a case in the order that a request gives: samples by conditions. */
const rowOrder = ({ info }: GoldenCase) =>
  [...info.rows.keys()].sort((a, b) => {
    const [first, second] = [info.rows[a]!, info.rows[b]!]
    return first.sample - second.sample || first.condition - second.condition
  })

/** A start relevance of the case as a request has it. */
function initRelevance(golden: GoldenCase) {
  const start = requestStart(golden.info.init_rel)
  if (start !== 'tensor') return start
  const { shape, data } = caseArray(golden, 'init_rel.npy')
  // The rows of the reference stand in another order than those of a request.
  const rows = rowsAt({ shape, data }, shape[0] === 1 ? [0] : rowOrder(golden))
  return fp32(rows.shape, rows.data)
}

/** A composite with its tensors as the gateway hands them on. */
const compositeOf = (info: GoldenCase['info']) =>
  JSON.parse(JSON.stringify(requestComposite(info)), (_, value) =>
    value?.dims ? fp32(value.dims, value.data) : value,
  )

function requestOf(golden: GoldenCase, model: string, absNorm: boolean) {
  const { info } = golden
  const input = caseArray(golden, 'input.npy')
  const recorded = { relevance: true, activation: true, concepts: 10_000, abs_norm: absNorm }
  return taskOf({
    model,
    inputs: [{ tensor: fp32(input.shape, input.data) }],
    conditions: info.conditions as never,
    // The reference pairs as many samples as conditions.
    pairing: info.rows.every(({ sample, condition }) => sample === condition) ? 'zip' : 'product',
    composite: compositeOf(info),
    ...(info.start_layer === null ? {} : { start_layer: info.start_layer }),
    init_relevance: initRelevance(golden) as never,
    exclude_parallel: info.exclude_parallel,
    record: Object.fromEntries(info.record_layers.map((name) => [name, recorded])),
    output: { heatmap: ['tensor'], per_channel: true, prediction: { top: 1, tensor: true } },
  })
}

describe('golden cases through the engine', () => {
  let test: TestEngine
  beforeAll(async () => {
    test = await startTestEngine()
  })
  afterAll(() => test.close())

  const runs = cases.flatMap((golden) =>
    validVariants(golden).map((variant) => [golden.name, variant, golden] as const),
  )

  it('are all there that the list names', () => {
    // The compact part that is committed may lack some; the full set has them all.
    expect(cases.length).toBeGreaterThan(3)
  })

  it.each(runs)('%s on %s', async (_name, variant, golden) => {
    const model = `${golden.info.model}.${variant}`
    await register(test.engine, modelBytes(golden, variant), { name: model, output: { start: 'output' } })
    expect(await failures(golden, model, false)).toEqual([])
    const normed = [...expectedArrays(golden).keys()].some((name) => name.endsWith('_normed'))
    if (normed) expect(await failures(golden, model, true)).toEqual([])
  })

  /** What of a case's arrays does not come out as expected. */
  async function failures(golden: GoldenCase, model: string, absNorm: boolean): Promise<string[]> {
    const { results } = await test.engine.attribute(requestOf(golden, model, absNorm))
    const order = rowOrder(golden)
    expect(results.map(({ sample, condition }) => ({ sample, condition }))).toEqual(
      order.map((i) => golden.info.rows[i]),
    )
    const limit = Math.max(1e-4, golden.info.tolerance.rtol_of_max ?? 1e-4)
    return [...expectedArrays(golden)].flatMap(([name, expected]) => {
      const rows = results.map((result) => tensorOf(result, name, absNorm))
      if (rows.includes(null) || isStartActivation(name, golden)) return []
      const from = results.map(({ sample }, i) => (name.startsWith('activation/') ? sample : order[i]!))
      const { passed, message } = compareArrays(
        rowsAt(expected, from),
        stacked(rows.map((row) => row!)),
        limit,
      )
      return passed ? [] : [`${name}: ${message}`]
    })
  }
})

/** With a start layer the reference's prediction is that layer's activation; ours stays the model's output. */
const isStartActivation = (name: string, { info }: GoldenCase) =>
  name === 'prediction' && info.start_layer !== null

/** Rows of an array by their numbers. */
function rowsAt({ shape, data }: Pick<NumpyArray, 'shape' | 'data'>, rows: readonly number[]) {
  const sizes = shape.slice(1)
  const size = sizes.reduce((a, b) => a * b, 1)
  return {
    shape: [rows.length, ...sizes],
    data: rows.flatMap((row) => [...data.slice(row * size, (row + 1) * size)]),
  }
}

function stacked(rows: readonly { shape: readonly number[]; data: ArrayLike<number> }[]) {
  return { shape: [rows.length, ...rows[0]!.shape], data: rows.flatMap(({ data }) => Array.from(data)) }
}

type Result = Awaited<ReturnType<TestEngine['engine']['attribute']>>['results'][number]

/** The array of a result by its name in the case; null where this request does not ask for it. */
function tensorOf(result: Result, name: string, absNorm: boolean) {
  const [kind, layer] = [name.split('/')[0]!, name.split('/').slice(1).join('/')]
  if (kind === 'heatmap') return numbers(result.heatmap!.tensor!)
  if (kind === 'input_relevance') return numbers(result.input_relevance!)
  if (kind === 'prediction') return numbers(result.prediction.tensor!)
  if (kind === 'concept') return conceptsOf(result, layer, absNorm)
  return numbers(result.layers![layer]![kind as 'relevance' | 'activation']!)
}

/** Relevance per channel, in the order of the channels. */
function conceptsOf({ layers }: Result, name: string, absNorm: boolean) {
  const [, layer, normed] = /^(.*)_(normed|unnormed)$/.exec(name)!
  if ((normed === 'normed') !== absNorm) return null
  const { concepts } = layers![layer!]!
  const sorted = [...concepts!].sort((a, b) => a.index - b.index)
  expect(concepts).toEqual([...concepts!].sort((a, b) => b.relevance! - a.relevance! || a.index - b.index))
  return { shape: [sorted.length], data: Float32Array.from(sorted, ({ relevance }) => relevance!) }
}
