import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  analyse,
  type CompositeSpec,
  canonize,
  compileAttribution,
  rulesFor,
  startLayer,
} from '@crp-serve/lrp'
import { GraphBuilder, type Model, writeModel } from '@crp-serve/onnx'
import { type Runtime, startRuntime, type Tensor } from '@crp-serve/runtime'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attentionLayer,
  binaryLayer,
  blockLayer,
  cumSumLayer,
  curveLayer,
  describeLayer,
  differenceLayer,
  extremumLayer,
  fusedActivationLayer,
  fusedNormalizationLayer,
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
  CumSum: cumSumLayer,
  Pad: padLayer,
  Tile: tileLayer,
  'DepthToSpace, SpaceToDepth': blockLayer,
  Resize: resizeLayer,
  reductions: reductionLayer,
  LpPool: lpPoolLayer,
  normalizations: normalizationLayer,
  'activations of several nodes': fusedActivationLayer,
  'normalizations of several nodes': fusedNormalizationLayer,
  'operators that move values': shapeLayer,
}

/** Models whose first axis holds other things than samples are refused, which has its own tests. */
const keepsSamples = ({ model }: RandomLayer): boolean =>
  !model.graph.nodes.some((node) => node.op === 'Flatten' && node.attributes['axis']?.value !== 1)

const gradients: CompositeSpec = { layers: [{ match: { type: 'sum' }, rule: { name: 'gradient' } }] }

function compileFor(model: Model, composite: CompositeSpec) {
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

/** Whether a gradient cancelled to rounding errors, of which there are no digits to compare. */
function cancels({ data }: Comparable): boolean {
  const largest = Array.from(data).reduce((top, value) => Math.max(top, Math.abs(value)), 0)
  return largest > 0 && largest < 1e-3
}

function expectClose(expected: Comparable, actual: Comparable): void {
  const { passed, message } = compareArrays(expected, actual, 2e-5)
  expect(passed, message).toBe(true)
}

/** The first part of a tensor times its last one; a middle part stays unused. Cut by a Split or by Slices. */
function splitModel(bySplit: boolean): Model {
  const b = new GraphBuilder()
  const x = b.input('input', 'float32', ['N', 5, 2])
  const cut = (start: number, end: number) => b.op('Slice', [x, b.ints([start]), b.ints([end]), b.ints([1])])
  const [first, , last] = bySplit
    ? b.ops('Split', [x, b.ints([1, 1, 3])], 3, { axis: 1 })
    : [cut(0, 1), cut(1, 2), cut(2, 5)]
  b.output('output', b.op('Mul', [first!, last!]), 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 18 }, graph: b.build('parts'), metadata: {} }
}

/** The input times a gate for each of its channels: squeeze-and-excitation without its weights. */
function gatedModel(): Model {
  const b = new GraphBuilder()
  const x = b.input('input', 'float32', ['N', 2, 2, 1])
  const gate = b.op('Sigmoid', [b.op('GlobalAveragePool', [x])])
  b.add({ op: 'Mul', inputs: [gate, x], outputs: ['gated'] })
  b.output('output', 'gated', 'float32', null)
  return { irVersion: 8, producer: '', opsets: { '': 18 }, graph: b.build('gate'), metadata: {} }
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

  /** The engine's gradient (or what another composite gives) for samples [N, ...] and start relevances [K, ...]; N is K or 1. */
  async run(model: Model, input: Comparable, start: Comparable, composite = gradients): Promise<Comparable> {
    const { model: compiled, inputs, outputs } = compileFor(model, composite)
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

describe('exact gradients agree with the float64 reference, with a row for each sample and with rows that share one', () => {
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
    fc.pre(!cancels(expected))
    const start = { shape: prediction.shape, data: upper(prediction.data.length) }
    const actual = await runner.run(model, input, start)
    expectClose(expected, actual)
    const shared = await runner.run(model, firstRow(input, 1), firstRow(start, 2))
    expectClose(firstRow(expected, 2), shared)
  }

  test('every part of a Split is a slice of its own', async () => {
    const data = Array.from({ length: 2 * 5 * 2 }, (_, i) => Math.sin(i))
    const input = { shape: [2, 5, 2], data }
    const start = { shape: [2, 3, 2], data: upper(12) }
    const parts = await runner.run(splitModel(true), input, start)
    expect(parts).toEqual(await runner.run(splitModel(false), input, start))
    expect(parts.data).toContain(0)
  })

  test('the signal of a gate takes all under the rule pass', async () => {
    const input = { shape: [1, 2, 2, 1], data: [1, -2, 3, 0.5] }
    const start = { shape: [2, 2, 2, 1], data: upper(8) }
    const pass: CompositeSpec = { layers: [{ match: { name: 'gated' }, rule: { name: 'pass' } }] }
    expect(Array.from((await runner.run(gatedModel(), input, start, pass)).data)).toEqual(upper(8))
    expect(Array.from((await runner.run(gatedModel(), input, start)).data)).not.toEqual(upper(8))
  })

  test.each(Object.entries(operators))('%s', async (_name, arbitrary) => {
    const printed = arbitrary
      .filter(keepsSamples)
      .map((layer) => ({ layer, [fc.toStringMethod]: () => describeLayer(layer) }))
    const property = fc.asyncProperty(printed, ({ layer }) => check(layer))
    await fc.assert(property, { seed: 20_261_123, numRuns: 40 })
  })
})
