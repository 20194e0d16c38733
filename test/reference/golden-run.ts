import type { Model, Node } from '@crp-serve/onnx'
import { type Comparable, compareArrays } from '../support/compare.ts'
import { caseArray, expectedArrays, type GoldenCase, type GoldenCondition } from '../support/goldens.ts'
import type { NumpyArray } from '../support/numpy.ts'
import type { Rules } from './composites.ts'
import { evaluate } from './evaluate.ts'
import { type Explanation, explain, heatmap, type Options, type RowMask } from './lrp.ts'
import { broadcastTo, full, map, type Tensor, tensor } from './tensor.ts'

/** What a golden case is run with besides its own description. */
export interface GoldenModel {
  readonly model: Model
  readonly variant: string
  readonly rules: Rules
  readonly mergeBatchNorms: (norm: Node) => boolean
}

type Row = GoldenCase['info']['rows'][number]

const rowsOf = (array: NumpyArray, indices: readonly number[]): { data: number[]; shape: number[] } => {
  const size = array.data.length / array.shape[0]!
  const data = indices.flatMap((i) => [...array.data.subarray(i * size, (i + 1) * size)])
  return { data, shape: [indices.length, ...array.shape.slice(1)] }
}

/** The first tensor with the values of the layer's expected activation: where the output of a block is. */
function tensorByValue(golden: GoldenCase, model: Model, layer: string): string | undefined {
  const expected = expectedArrays(golden).get(`activation/${layer}`)
  const { data, shape } = caseArray(golden, 'input.npy')
  const values = evaluate(model, tensor(shape, data))
  return [...values].find(([, value]) => expected && compareArrays(expected, value, 1e-5).passed)?.[0]
}

/** Name of the tensor that is a layer's output in a model of the given variant. */
export function layerTensor(golden: GoldenCase, model: Model, variant: string, layer: string): string {
  const found = golden.info.variants[variant]!.layers[layer]?.tensor ?? tensorByValue(golden, model, layer)
  if (!found) throw new Error(`${golden.name}: ${variant} has no tensor for ${layer}`)
  return found
}

const rowMask = (given: GoldenCondition[string]): RowMask =>
  Array.isArray(given)
    ? (given as readonly number[])
    : new Map(Object.entries(given).map(([channel, positions]) => [Number(channel), positions]))

/** Layers with a condition, in the order of the conditions' keys (from output to input). */
const conditionedLayers = (conditions: readonly GoldenCondition[]): string[] => [
  ...new Set(conditions.flatMap((condition) => Object.keys(condition).filter((key) => key !== 'y'))),
]

/** The start relevance out of a value, as `init_rel` says. */
function startOf(golden: GoldenCase): (value: Tensor) => Tensor {
  const start = golden.info.init_rel
  switch (start?.type) {
    case 'ones_like':
      return (value) => full(value.shape, 1)
    case 'int':
      return (value) => full(value.shape, start.value)
    case 'abs':
      return (value) => map(value, Math.abs)
    case 'square':
      return (value) => map(value, (v) => v * v)
    case 'tensor': {
      const array = caseArray(golden, start.file)
      return (value) => broadcastTo(tensor(array.shape, array.data), value.shape)
    }
    default:
      return (value) => value
  }
}

/** Explains some rows of a case together. */
function explainRows(golden: GoldenCase, target: GoldenModel, rows: readonly Row[]): Explanation {
  const { info } = golden
  const conditions = rows.map((row) => info.conditions[row.condition]!)
  const place = (layer: string): string => layerTensor(golden, target.model, target.variant, layer)
  const masks = conditionedLayers(conditions).map((layer) => [
    place(layer),
    conditions.map((condition) => (condition[layer] ? rowMask(condition[layer]) : null)),
  ])
  const selects = info.start_layer === null && conditions.some((condition) => 'y' in condition)
  const options: Options = {
    rules: target.rules,
    mergeBatchNorms: target.mergeBatchNorms,
    startWith: startOf(golden),
    masks: Object.fromEntries(masks),
    excludeParallel: info.exclude_parallel,
    record: [...info.record_layers, ...(info.start_layer === null ? [] : [info.start_layer])].map(place),
    ...(info.start_layer === null ? {} : { startAt: place(info.start_layer) }),
    ...(selects ? { select: conditions.map((condition) => condition['y'] as readonly number[]) } : {}),
  }
  const samples = rows.map((row) => row.sample)
  return explain(target.model, rowsOf(caseArray(golden, 'input.npy'), samples), options)
}

/** With exclude_parallel, rows whose conditions have different keys are runs of their own. */
function groupsOf({ info }: GoldenCase): number[][] {
  const groups = new Map<string, number[]>()
  info.rows.forEach((row, i) => {
    const key = info.exclude_parallel ? Object.keys(info.conditions[row.condition]!).sort().join() : ''
    groups.set(key, [...(groups.get(key) ?? []), i])
  })
  return [...groups.values()]
}

/** Rows out of several tensors, each with the positions of its rows in the result. */
function assembled(
  parts: readonly { readonly rows: readonly number[]; readonly value: Tensor }[],
): Comparable {
  const { shape } = parts[0]!.value
  const size = parts[0]!.value.data.length / shape[0]!
  const count = parts.reduce((sum, part) => sum + part.rows.length, 0)
  const data = new Float64Array(count * size)
  for (const { rows, value } of parts) {
    rows.forEach((row, i) => {
      data.set(value.data.subarray(i * size, (i + 1) * size), row * size)
    })
  }
  return { shape: [count, ...shape.slice(1)], data }
}

/** Activations are stored per sample: the first row of each sample has them. */
function perSample(rows: readonly Row[], values: Comparable): Comparable {
  const size = values.data.length / rows.length
  const samples = [...new Set(rows.map((row) => row.sample))].sort((a, b) => a - b)
  const firsts = samples.map((sample) => rows.findIndex((row) => row.sample === sample))
  const data = firsts.flatMap((row) => Array.from(values.data).slice(row * size, (row + 1) * size))
  return { shape: [samples.length, ...values.shape.slice(1)], data }
}

/** Relevance per channel: its sum over the positions, if wanted over the sum of magnitudes of the row's channels. */
function conceptRelevance({ shape, data }: Comparable, normed: boolean): Comparable {
  const [rows, channels] = shape as [number, number]
  const plane = data.length / (rows * channels)
  const sums = new Float64Array(rows * channels)
  Array.from(data).forEach((value, i) => {
    sums[Math.floor(i / plane)]! += value
  })
  const total = (row: number): number =>
    sums.subarray(row * channels, (row + 1) * channels).reduce((sum, value) => sum + Math.abs(value), 1e-10)
  const scaled = sums.map((value, i) => (normed ? value / total(Math.floor(i / channels)) : value))
  return { shape: [rows, channels], data: scaled }
}

/** The results that one recorded layer has among the expected arrays. */
function layerResults(golden: GoldenCase, relevance: Comparable, activation: Comparable, layer: string) {
  return [
    [`relevance/${layer}`, relevance],
    [`activation/${layer}`, perSample(golden.info.rows, activation)],
    [`concept/${layer}_unnormed`, conceptRelevance(relevance, false)],
    [`concept/${layer}_normed`, conceptRelevance(relevance, true)],
  ] as const
}

/** Runs a case; the arrays have the names of its expected ones. */
export function runGolden(golden: GoldenCase, target: GoldenModel): Map<string, Comparable> {
  const { info } = golden
  const groups = groupsOf(golden).map((rows) => {
    const cases = rows.map((i) => info.rows[i]!)
    return { rows, explanation: explainRows(golden, target, cases) }
  })
  const whole = (part: (explanation: Explanation) => Tensor): Comparable =>
    assembled(groups.map(({ rows, explanation }) => ({ rows, value: part(explanation) })))
  const place = (layer: string): string => layerTensor(golden, target.model, target.variant, layer)
  const { start_layer: start } = info
  const layers = info.record_layers.flatMap((layer) => {
    const name = place(layer)
    const [relevance, activation] = [
      whole((e) => e.relevance.get(name)!),
      whole((e) => e.activation.get(name)!),
    ]
    return layerResults(golden, relevance, activation, layer)
  })
  return new Map([
    // With a start layer the peer calls that layer's output the prediction.
    ['prediction', whole((e) => (start === null ? e.prediction : e.activation.get(place(start))!))],
    ['input_relevance', whole((e) => e.input)],
    ['heatmap', whole((e) => heatmap(e.input))],
    ...layers,
  ])
}
