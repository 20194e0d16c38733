import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { analyse, canonize, compileAttribution, rulesFor, startLayer } from '@crp-serve/lrp'
import { type Model, writeModel } from '@crp-serve/onnx'
import { type Runtime, startRuntime, type Tensor } from '@crp-serve/runtime'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attentionLayer,
  binaryLayer,
  blockLayer,
  curveLayer,
  describeLayer,
  differenceLayer,
  extremumLayer,
  gateLayer,
  lpPoolLayer,
  normalizationLayer,
  padLayer,
  positiveCurveLayer,
  type RandomLayer,
  reductionLayer,
  resizeLayer,
  selectLayer,
  shapeLayer,
  tileLayer,
} from '../reference/arbitraries.ts'
import { explain } from '../reference/lrp.ts'
import { sizeOf, tensor } from '../reference/tensor.ts'
import { type Comparable, compareArrays } from '../support/compare.ts'

/** Operators that rules on weights do not name: their exact gradient is all that a composite asks of them. */
const operators: Readonly<Record<string, fc.Arbitrary<RandomLayer>>> = {
  'functions of one number': curveLayer,
  'functions of one positive number': positiveCurveLayer,
  arithmetic: binaryLayer,
  differences: differenceLayer,
  gates: gateLayer,
  attention: attentionLayer,
  'extrema of tensors': extremumLayer,
  Where: selectLayer,
  Pad: padLayer,
  Tile: tileLayer,
  'DepthToSpace, SpaceToDepth': blockLayer,
  Resize: resizeLayer,
  reductions: reductionLayer,
  LpPool: lpPoolLayer,
  normalizations: normalizationLayer,
  'operators that move values': shapeLayer,
}

/** Models whose first axis holds other things than samples are refused, which has its own tests. */
const keepsSamples = ({ model }: RandomLayer): boolean =>
  !model.graph.nodes.some((node) => node.op === 'Flatten' && node.attributes['axis']?.value !== 1)

const composite = { layers: [{ match: { type: 'sum' }, rule: { name: 'gradient' } }] } as const

function compileGradient(model: Model) {
  const explainable = analyse(canonize(model, { mergeBatchNorm: false }).model)
  const rules = new Map([...rulesFor(explainable, composite)].map(([layer, { rule }]) => [layer, rule]))
  const start = startLayer(explainable, 'output')
  return compileAttribution(explainable, rules, {
    start,
    startMode: 'given',
    predicted: false,
    masks: [],
    excludeParallel: false,
    relevance: [],
    activation: [],
    heatmap: false,
    inputRelevance: true,
  })
}

/** Start relevance of both signs. */
const upper = (count: number): number[] => Array.from({ length: count }, (_, i) => ((i * 7) % 11) / 4 - 1)

const float = ({ shape, data }: Comparable): Tensor => ({
  type: 'float32',
  dims: shape,
  data: Float32Array.from(data),
})

/** The first of a tensor's rows, `times` times. */
const firstRow = ({ shape, data }: Comparable, times: number): Comparable => {
  const row = Array.from(data).slice(0, data.length / shape[0]!)
  return { shape: [times, ...shape.slice(1)], data: Array.from({ length: times }, () => row).flat() }
}

class GradientRunner {
  readonly #folder = mkdtempSync(join(tmpdir(), 'crp-operators-'))
  readonly #runtime: Runtime
  #files = 0

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  async close(): Promise<void> {
    await this.#runtime.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** The engine's gradient for samples [N, ...] and start relevances [K, ...]; N is K or 1. */
  async run(model: Model, input: Comparable, start: Comparable): Promise<Comparable> {
    const { model: compiled, inputs, outputs } = compileGradient(model)
    const path = join(this.#folder, `${this.#files++}.onnx`)
    writeFileSync(path, writeModel(compiled))
    const feeds = {
      [inputs.data]: float(input),
      [inputs.start!]: float(start),
      [inputs.select]: float({ shape: start.shape, data: Array(start.data.length).fill(1) }),
    }
    const { outputs: fetched } = await this.#runtime.execute([
      { model: path, feeds, fetch: [outputs.inputRelevance!] },
    ])
    await this.#runtime.evict(path)
    const { dims, data } = fetched[0]![outputs.inputRelevance!]!
    return { shape: dims, data: data as Float32Array }
  }
}

describe('the exact gradient of every operator agrees with the float64 reference', () => {
  let runner: GradientRunner
  beforeAll(async () => {
    const memoryBytes = 2 ** 31
    const limits = { memoryBytes, memoryLimitBytes: 2 * memoryBytes }
    runner = new GradientRunner(
      await startRuntime({ processes: 1, executionProvider: 'cpu', threads: 1, ...limits }),
    )
  })
  afterAll(() => runner.close())

  async function check({ model, input }: RandomLayer): Promise<void> {
    const { input: expected, prediction } = explain(model, input, {
      rules: () => null,
      startWith: (value) => tensor(value.shape, upper(sizeOf(value.shape))),
    })
    const start = { shape: prediction.shape, data: upper(prediction.data.length) }
    const actual = await runner.run(model, input, start)
    expect(compareArrays(expected, actual, 2e-5)).toMatchObject({ passed: true })
    const shared = await runner.run(model, firstRow(input, 1), firstRow(start, 2))
    expect(compareArrays(firstRow(expected, 2), shared, 2e-5)).toMatchObject({ passed: true })
  }

  test.each(Object.entries(operators))('%s', async (_name, arbitrary) => {
    const printed = arbitrary
      .filter(keepsSamples)
      .map((layer) => ({ layer, [fc.toStringMethod]: () => describeLayer(layer) }))
    const property = fc.asyncProperty(printed, ({ layer }) => check(layer))
    await fc.assert(property, { seed: 20_261_123, numRuns: 60 })
  })
})
