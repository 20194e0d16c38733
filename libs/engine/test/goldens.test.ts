import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../../../test/support/compare.ts'
import { requestComposite, requestStart } from '../../../test/support/golden-request.ts'
import {
  attributionCases,
  caseArray,
  expectedArrays,
  type GoldenCase,
  modelBytes,
  validVariants,
} from '../../../test/support/goldens.ts'
import type { NumpyArray } from '../../../test/support/numpy.ts'
import { fp32, numbers, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

/** One case for each thing that the engine does beside libs/lrp: rows, masks, starts, names, recordings. */
const names = [
  'arch_vgg_epsilon_plus_flat',
  'arch_vgg_gradient',
  'arch_vggbn_epsilon_plus',
  'arch_resbasic_epsilon_plus_flat',
  'crp_broadcast_2x3',
  'crp_mixed_keys',
  'crp_multi_channel',
  'crp_init_int3',
  'crp_resbasic_last_excl',
  'crp_resbasic_last_noexcl',
]

const cases = attributionCases(['vgg', 'vggbn', 'resbasic', 'crpnet']).filter(({ name }) =>
  names.includes(name),
)

/** The rows of a case in the order that a request gives: samples by conditions. */
const rowOrder = ({ info }: GoldenCase) =>
  [...info.rows.keys()].sort((a, b) => {
    const [first, second] = [info.rows[a]!, info.rows[b]!]
    return first.sample - second.sample || first.condition - second.condition
  })

function requestOf(golden: GoldenCase, model: string) {
  const { info } = golden
  const input = caseArray(golden, 'input.npy')
  return taskOf({
    model,
    inputs: [{ tensor: fp32(input.shape, input.data) }],
    conditions: info.conditions as never,
    composite: requestComposite(info) as never,
    init_relevance: requestStart(info.init_rel) as never,
    exclude_parallel: info.exclude_parallel,
    record: Object.fromEntries(
      info.record_layers.map((name) => [name, { relevance: true, activation: true }]),
    ),
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
    await register(test.engine, modelBytes(golden, variant), { name: model })
    const { results } = await test.engine.attribute(requestOf(golden, model))
    const order = rowOrder(golden)
    expect(results.map(({ sample, condition }) => ({ sample, condition }))).toEqual(
      order.map((i) => golden.info.rows[i]),
    )
    const limit = Math.max(1e-4, golden.info.tolerance.rtol_of_max ?? 1e-4)
    const failures = [...expectedArrays(golden)].flatMap(([name, expected]) => {
      const rows = results.map((result) => numbers(tensorOf(result, name)))
      const from = results.map(({ sample }, i) => (name.startsWith('activation/') ? sample : order[i]!))
      const { passed, message } = compareArrays(rowsAt(expected, from), stacked(rows), limit)
      return passed ? [] : [`${name}: ${message}`]
    })
    expect(failures).toEqual([])
  })
})

/** Rows of an array by their numbers. */
function rowsAt({ shape, data }: NumpyArray, rows: readonly number[]) {
  const sizes = shape.slice(1)
  const size = sizes.reduce((a, b) => a * b, 1)
  return {
    shape: [rows.length, ...sizes],
    data: rows.flatMap((row) => [...data.slice(row * size, (row + 1) * size)]),
  }
}

function stacked(rows: readonly { shape: readonly number[]; data: Float32Array }[]) {
  return { shape: [rows.length, ...rows[0]!.shape], data: rows.flatMap(({ data }) => [...data]) }
}

type Result = Awaited<ReturnType<TestEngine['engine']['attribute']>>['results'][number]

function tensorOf(result: Result, name: string) {
  const [kind, layer] = [name.split('/')[0]!, name.split('/').slice(1).join('/')]
  if (kind === 'heatmap') return result.heatmap!.tensor!
  if (kind === 'input_relevance') return result.input_relevance!
  if (kind === 'prediction') return result.prediction.tensor!
  return result.layers![layer]![kind as 'relevance' | 'activation']!
}
