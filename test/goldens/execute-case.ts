import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  analyse,
  type CompiledAttribution,
  canonize,
  compileAttribution,
  type Explainable,
  type Layer,
  mergesBatchNorm,
  rulesFor,
  startLayer,
} from '@crp-serve/lrp'
import { readModel, upgradeOpset, writeModel } from '@crp-serve/onnx'
import { type Runtime, startRuntime, type Tensor } from '@crp-serve/runtime'
import { requestComposite, requestStart } from '../support/golden-request.ts'
import type { GoldenCase, GoldenCondition } from '../support/goldens.ts'
import { type NumpyArray, readNumpy } from '../support/numpy.ts'

/** Result arrays by the names of the expected ones (`heatmap`, `relevance/<layer>`, ...). */
export type Results = ReadonlyMap<string, { shape: readonly number[]; data: ArrayLike<number> }>

const float = (dims: readonly number[], data: ArrayLike<number>): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(data),
})

const count = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1)

/** Sizes of a forward tensor without its batch axis. */
const sizesOf = (explainable: Explainable, layer: Layer): readonly number[] =>
  explainable.facts.sizes(layer.output)

/** The channel mask of one condition at one layer, over the whole output. */
function mask(listed: GoldenCondition[string], sizes: readonly number[]): Float32Array {
  const positions = count(sizes.slice(1))
  const values = new Float32Array(count(sizes))
  if (Array.isArray(listed)) for (const c of listed) values.fill(1, c * positions, (c + 1) * positions)
  else {
    for (const [channel, flat] of Object.entries(listed))
      for (const p of flat) values[Number(channel) * positions + p] = 1
  }
  return values
}

/** One tensor of K rows made of one array per row. */
function stack(rows: readonly Float32Array[], sizes: readonly number[]): Tensor {
  const data = new Float32Array(rows.length * count(sizes))
  for (const [i, row] of rows.entries()) data.set(row, i * count(sizes))
  return float([rows.length, ...sizes], data)
}

/** Rows of one sample whose conditions name the same layers: one compiled graph serves them. */
interface Group {
  readonly sample: number
  readonly layers: readonly string[]
  readonly rows: readonly { readonly row: number; readonly condition: GoldenCondition }[]
}

function groupsOf({ info }: GoldenCase): readonly Group[] {
  const groups = new Map<string, Group & { rows: { row: number; condition: GoldenCondition }[] }>()
  info.rows.forEach(({ sample, condition: index }, row) => {
    const condition = info.conditions[index]!
    const layers = Object.keys(condition).filter((key) => key !== 'y')
    const key = JSON.stringify([sample, layers])
    const group = groups.get(key) ?? { sample, layers, rows: [] }
    groups.set(key, group)
    group.rows.push({ row, condition })
  })
  return [...groups.values()]
}

/** Runs golden cases through libs/lrp and ONNX Runtime, with nothing of the engine in between. */
export class CaseRunner {
  readonly #runtime: Runtime
  readonly #folder = mkdtempSync(join(tmpdir(), 'crp-goldens-'))
  #files = 0

  private constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  static async start(): Promise<CaseRunner> {
    const memory = 2 ** 31
    const runtime = await startRuntime({
      processes: 1,
      executionProvider: 'cpu',
      threads: 2,
      memoryBytes: memory,
      memoryLimitBytes: 2 * memory,
    })
    return new CaseRunner(runtime)
  }

  async close(): Promise<void> {
    await this.#runtime.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** All result arrays of one case on one export variant. */
  async run(golden: GoldenCase, variant: string): Promise<Results> {
    const composite = requestComposite(golden.info)
    const bytes = readFileSync(join(golden.folder, golden.info.variants[variant]!.file))
    const model = upgradeOpset(readModel(bytes))
    const explainable = analyse(canonize(model, { mergeBatchNorm: mergesBatchNorm(composite) }).model)
    const input = readNumpy(join(golden.folder, 'input.npy'))
    const parts = new Map<string, { shape: readonly number[]; rows: Map<number, ArrayLike<number>> }>()
    for (const group of groupsOf(golden)) {
      const outputs = await this.#group(golden, explainable, group, input)
      for (const [name, tensor] of outputs) collect(parts, name, tensor, group)
    }
    return new Map([...parts].map(([name, { shape, rows }]) => [name, concatenated(shape, rows)]))
  }

  async #group(golden: GoldenCase, explainable: Explainable, group: Group, input: NumpyArray) {
    const { info } = golden
    const composite = requestComposite(info)
    const rules = new Map([...rulesFor(explainable, composite)].map(([layer, { rule }]) => [layer, rule]))
    const find = (name: string) => explainable.lookup.get(name)
    const start = info.start_layer ? find(info.start_layer) : startLayer(explainable, 'output')
    const mode = requestStart(info.init_rel)
    const recorded = info.record_layers.map(find)
    const compiled = compileAttribution(explainable, rules, {
      start,
      startMode: mode === 'prediction' ? 'value' : mode === 'absolute' ? 'absolute' : 'given',
      predicted: false,
      masks: group.layers.map(find),
      excludeParallel: info.exclude_parallel,
      relevance: recorded,
      activation: recorded,
      heatmap: true,
      inputRelevance: true,
    })
    const feeds = this.#feeds(golden, explainable, compiled, group, start, input)
    const fetched = await this.#execute(compiled, feeds)
    return named(info.record_layers, recorded, compiled, fetched, info.start_layer !== null)
  }

  #feeds(
    golden: GoldenCase,
    explainable: Explainable,
    { inputs }: CompiledAttribution,
    { sample, rows, layers }: Group,
    start: Layer,
    input: NumpyArray,
  ): Record<string, Tensor> {
    const { info, folder } = golden
    const size = count(input.shape.slice(1))
    const sizes = sizesOf(explainable, start)
    const selects = info.start_layer === null && info.conditions.some((condition) => 'y' in condition)
    const select = rows.map(({ condition }) =>
      selects ? mask(condition['y']!, sizes) : new Float32Array(count(sizes)).fill(1),
    )
    const feeds: Record<string, Tensor> = {
      [inputs.data]: float(
        [1, ...input.shape.slice(1)],
        input.data.slice(sample * size, (sample + 1) * size),
      ),
      [inputs.select]: stack(select, sizes),
    }
    for (const [name, { dims, data }] of inputs.bounds) {
      const row = data.length / dims[0]!
      feeds[name] = float([1, ...dims.slice(1)], Array.from(data).slice(sample * row, (sample + 1) * row))
    }
    layers.forEach((name) => {
      const layer = explainable.lookup.get(name)
      const of = sizesOf(explainable, layer)
      feeds[inputs.masks.get(layer)!] = stack(
        rows.map(({ condition }) => mask(condition[name]!, of)),
        of,
      )
    })
    const mode = requestStart(info.init_rel)
    if (typeof mode === 'number') feeds[inputs.start!] = float([1, ...sizes.map(() => 1)], [mode])
    if (mode === 'tensor') {
      const given = readNumpy(join(folder, 'init_rel.npy'))
      const rowSize = count(sizes)
      const single = given.data.length === rowSize
      const pick = ({ row }: { row: number }) =>
        Float32Array.from(given.data.slice(single ? 0 : row * rowSize).slice(0, rowSize))
      feeds[inputs.start!] = stack(rows.map(pick), sizes)
    }
    return feeds
  }

  async #execute({ model, outputs }: CompiledAttribution, feeds: Record<string, Tensor>) {
    const path = join(this.#folder, `${this.#files++}.onnx`)
    writeFileSync(path, writeModel(model))
    const fetch = [
      outputs.prediction,
      outputs.start,
      outputs.heatmap!,
      outputs.inputRelevance!,
      ...outputs.relevance.values(),
      ...outputs.activation.values(),
    ]
    const { outputs: results } = await this.#runtime.execute([{ model: path, feeds, fetch }])
    await this.#runtime.evict(path)
    return results[0]!
  }
}

function named(
  names: readonly string[],
  layers: readonly Layer[],
  { outputs }: CompiledAttribution,
  fetched: Readonly<Record<string, Tensor>>,
  fromLayer: boolean,
): [string, Tensor][] {
  return [
    // With a start layer the reference's prediction is that layer's activation.
    ['prediction', fetched[fromLayer ? outputs.start : outputs.prediction]!],
    ['heatmap', fetched[outputs.heatmap!]!],
    ['input_relevance', fetched[outputs.inputRelevance!]!],
    ...names.map((name, i): [string, Tensor] => [
      `relevance/${name}`,
      fetched[outputs.relevance.get(layers[i]!)!]!,
    ]),
    ...names.map((name, i): [string, Tensor] => [
      `activation/${name}`,
      fetched[outputs.activation.get(layers[i]!)!]!,
    ]),
  ]
}

type Parts = Map<string, { shape: readonly number[]; rows: Map<number, ArrayLike<number>> }>

/** Files the rows of one group's tensor: activations by sample, the prediction for every row, the rest by row. */
function collect(parts: Parts, name: string, tensor: Tensor, { sample, rows }: Group): void {
  const shape = tensor.dims.slice(1)
  const part = parts.get(name) ?? { shape, rows: new Map() }
  parts.set(name, part)
  const data = tensor.data as Float32Array
  const at = (i: number) => data.slice(i * count(shape), (i + 1) * count(shape))
  if (name.startsWith('activation/')) part.rows.set(sample, at(0))
  else for (const [i, { row }] of rows.entries()) part.rows.set(row, at(name === 'prediction' ? 0 : i))
}

function concatenated(shape: readonly number[], rows: ReadonlyMap<number, ArrayLike<number>>) {
  const ordered = [...rows].sort(([a], [b]) => a - b).map(([, row]) => row)
  const data = new Float32Array(ordered.length * count(shape))
  for (const [i, row] of ordered.entries()) data.set(row, i * count(shape))
  return { shape: [ordered.length, ...shape], data }
}
