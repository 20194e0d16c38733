import type { Schemas } from '@crp-serve/client'
import { requestComposite, requestStart } from '../support/golden-request.ts'
import { caseArray, expectedArrays, type GoldenCase } from '../support/goldens.ts'
import type { NumpyArray } from '../support/numpy.ts'
import { fp32, type Numbers, numbers, type Row } from './api.ts'

/** Cases that api.md cannot express, with the reason. */
export const inexpressible: Readonly<Record<string, string>> = {
  crp_init_square: 'the square of the prediction as start is a Python callable',
}

type Request = Schemas['AttributionRequest']
type Pair = Pick<Row, 'sample' | 'condition'>

/** Tensors among the parameters of rules as requests write them. */
function asTensors(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(asTensors)
  if ('dims' in value && 'data' in value) return { shape: value.dims, datatype: 'FP32', data: value.data }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asTensors(item)]))
}

/** Whether the reference paired samples and conditions: it does wherever there are equally many. */
const paired = ({ info }: GoldenCase, samples: number): boolean =>
  samples > 1 && samples === info.conditions.length && info.rows.length === samples

const sampleCount = (golden: GoldenCase): number => caseArray(golden, 'input.npy').shape[0]!

/** Rows in the order in which api.md answers: pairs, or sample-major. */
export function requestedRows(golden: GoldenCase): Pair[] {
  const samples = sampleCount(golden)
  const conditions = golden.info.conditions.map((_, condition) => condition)
  if (paired(golden, samples)) return conditions.map((i) => ({ sample: i, condition: i }))
  return Array.from({ length: samples }, (_, sample) =>
    conditions.map((condition) => ({ sample, condition })),
  ).flat()
}

/** For every row of an answer its number in the arrays of the reference, which groups conditions by their layers. */
const goldenRows = ({ info }: GoldenCase, order: readonly Pair[]): number[] =>
  order.map(({ sample, condition }) =>
    info.rows.findIndex((row) => row.sample === sample && row.condition === condition),
  )

function startOf(golden: GoldenCase): Request['init_relevance'] {
  const start = golden.info.init_rel
  if (start?.type !== 'tensor') return requestStart(start) as Request['init_relevance']
  const given = caseArray(golden, start.file)
  const { shape, data } =
    given.shape[0] === 1 ? given : rowsAt(given, goldenRows(golden, requestedRows(golden)))
  return fp32(shape, data)
}

/** With a start layer the reference ignores `y`, and the API refuses it. */
function conditionsOf({ info }: GoldenCase): Request['conditions'] {
  const conditions = info.conditions.map(({ y, ...layers }) =>
    info.start_layer === null && y !== undefined ? { y, ...layers } : layers,
  )
  return conditions as Request['conditions']
}

/** With a start layer the reference calls that layer's activation the prediction. */
const startRecord = ({ start_layer: start }: GoldenCase['info']): NonNullable<Request['record']> =>
  start === null ? {} : { [start]: { relevance: false, activation: true } }

/** A golden case as a request: every tensor that it has numbers for. */
export function goldenRequest(golden: GoldenCase, model: string, absNorm = false): Request {
  const { info } = golden
  const input = caseArray(golden, 'input.npy')
  const entry = { relevance: true, activation: true, concepts: 100_000, abs_norm: absNorm }
  return {
    model,
    inputs: [{ tensor: fp32(input.shape, input.data) }],
    conditions: conditionsOf(golden),
    pairing: paired(golden, input.shape[0]!) ? 'zip' : 'product',
    composite: asTensors(requestComposite(info)) as NonNullable<Request['composite']>,
    start_layer: info.start_layer,
    init_relevance: startOf(golden) ?? null,
    exclude_parallel: info.exclude_parallel,
    record: { ...startRecord(info), ...Object.fromEntries(info.record_layers.map((name) => [name, entry])) },
    output: { heatmap: ['tensor'], per_channel: true, prediction: { top: 1, tensor: true } },
  }
}

/** Concepts of a row by channel. @throws Error where they are not sorted */
function conceptsOf(list: readonly { index: number; relevance: number | null }[]): Numbers {
  const data = new Float32Array(list.length)
  for (const [i, { index, relevance }] of list.entries()) {
    if (i > 0 && relevance! > list[i - 1]!.relevance!) throw new Error('the concepts are not sorted')
    data[index] = relevance!
  }
  return { shape: [list.length], data }
}

/** The numbers of a row that an expected array is about: `heatmap`, `relevance/<layer>`, `concept/<layer>_normed`. */
function part(row: Row, name: string, { start_layer: start }: GoldenCase['info']): Numbers {
  const [kind, ...path] = name.split('/')
  const layer = path.join('/').replace(kind === 'concept' ? /_(un)?normed$/ : /$^/, '')
  if (kind === 'prediction')
    return numbers(start === null ? row.prediction.tensor : row.layers?.[start]?.activation)
  if (kind === 'heatmap') return numbers(row.heatmap?.tensor)
  if (kind === 'input_relevance') return numbers(row.input_relevance)
  const recorded = row.layers?.[layer]
  if (kind === 'concept') return conceptsOf(recorded?.concepts ?? [])
  return numbers(kind === 'relevance' ? recorded?.relevance : recorded?.activation)
}

const flat = (rows: readonly ArrayLike<number>[]): number[] => rows.flatMap((row) => Array.from(row))

interface Rows {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** Rows of an array by their numbers. */
function rowsAt({ shape, data }: NumpyArray, indices: readonly number[]): Rows {
  const size = data.length / shape[0]!
  return {
    shape: [indices.length, ...shape.slice(1)],
    data: flat(indices.map((i) => data.subarray(i * size, (i + 1) * size))),
  }
}

/** An expected array beside the same numbers of an answer, both in the order of the answer. */
export interface Pairing {
  readonly name: string
  readonly expected: Rows
  readonly actual: Rows
}

/**
 * Puts the expected arrays of a case beside an answer. Rows are found by sample and condition; activations are there once
 * per sample.
 * @param absNorm whether the request asked for normalized concepts; the others are left out
 */
export function pairings(golden: GoldenCase, results: readonly Row[], absNorm = false): Pairing[] {
  const rows = goldenRows(golden, results)
  const samples = results.map(({ sample }) => sample)
  const other = absNorm ? /^concept\/.*_unnormed$/ : /^concept\/.*_normed$/
  return [...expectedArrays(golden)]
    .filter(([name]) => !other.test(name))
    .map(([name, expected]) => {
      const parts = results.map((row) => part(row, name, golden.info))
      return {
        name,
        expected: rowsAt(expected, name.startsWith('activation/') ? samples : rows),
        actual: { shape: [parts.length, ...parts[0]!.shape], data: flat(parts.map(({ data }) => data)) },
      }
    })
}

/** Whether a case has concepts that are divided by the sum of their absolute values. */
export const hasNormedConcepts = (golden: GoldenCase): boolean =>
  [...expectedArrays(golden).keys()].some((name) => name.startsWith('concept/') && name.endsWith('_normed'))
