import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attributionTask, type ConditionTask } from '@crp-serve/contracts'
import { planRows } from '@crp-serve/crp'
import { analyse, canonize, type Explainable } from '@crp-serve/lrp'
import { type Model, type Node, readModel, type ValueInfo, writeModel } from '@crp-serve/onnx'
import { type Runtime, type Step, startRuntime, type Tensor } from '@crp-serve/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attributionCases, caseArray, modelBytes } from '../../../test/support/goldens.ts'
import { ConditionResolver } from '../src/attribution/conditions.ts'
import { cutIntoBatches } from '../src/attribution/cut.ts'
import { batchFeeds, pieceFeeds } from '../src/attribution/feeds.ts'
import type { PlannedRows } from '../src/attribution/plan-rows.ts'
import { batchProgram } from '../src/attribution/program.ts'
import type { Sample } from '../src/attribution/samples.ts'
import { compile, type PlanSpec } from '../src/tools/compile.ts'
import { describe as describeModel } from '../src/tools/describe.ts'
import { writePlan } from '../src/tools/plan-files.ts'
import { nodesOfRuns } from '../src/tools/work.ts'

let runtime: Runtime
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crp-cost-'))
  const memory = 2 ** 31
  const process = { processes: 1, threads: 1, executionProvider: 'cpu' as const }
  runtime = await startRuntime({ ...process, memoryBytes: memory, memoryLimitBytes: 2 * memory })
})
afterAll(async () => {
  await runtime.close()
  await rm(folder, { recursive: true, force: true })
})

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1)

/** Multiply-accumulates of a node by the sizes of the tensors that it had when it ran. */
function executedWork({ op, inputs, outputs }: Node, dims: (tensor: string) => readonly number[]): number {
  const kernel = () => product(dims(inputs[1]!)) / dims(inputs[1]!)[0]!
  if (op === 'Conv') return product(dims(outputs[0]!)) * kernel()
  if (op === 'ConvTranspose') return product(dims(inputs[0]!)) * kernel()
  // Every number of the left operand meets every column of the right one.
  if (op === 'MatMul') return product(dims(outputs[0]!)) * dims(inputs[0]!).at(-1)!
  if (op === 'Gemm') return product(dims(inputs[0]!)) * dims(outputs[0]!)[1]!
  return 0
}

const heavy = ['Conv', 'ConvTranspose', 'MatMul', 'Gemm']

/** The model with every tensor that a heavy node reads or computes as an output; all of them are float32. */
function laidOpen(model: Model): Model {
  const { nodes, outputs } = model.graph
  const touched = new Set(
    nodes.filter(({ op }) => heavy.includes(op)).flatMap((node) => [...node.inputs, ...node.outputs]),
  )
  const known = new Set(outputs.map(({ name }) => name))
  const further = nodes.flatMap((node) =>
    node.outputs.filter((name) => touched.has(name) && !known.has(name)),
  )
  const added = further.map((name): ValueInfo => ({ name, dataType: 'float32', shape: null }))
  return { ...model, graph: { ...model.graph, outputs: [...outputs, ...added] } }
}

/** Runs a program with its tensors laid open and counts the multiply-accumulates of what has run. */
async function countedWork(steps: readonly Step[], models: ReadonlyMap<string, Model>): Promise<number> {
  const opened = new Map<string, string>()
  for (const [path, model] of models) {
    const open = join(folder, `open-${randomUUID()}.onnx`)
    await writeFile(open, writeModel(laidOpen(model)))
    opened.set(path, open)
  }
  const program = steps.map((step) => {
    const { nodes, initializers } = models.get(step.model)!.graph
    const tensors = nodes
      .filter(({ op }) => heavy.includes(op))
      .flatMap(({ inputs, outputs }) => [...inputs.slice(0, 2), outputs[0]!])
    const computed = new Set(nodes.flatMap(({ outputs }) => outputs))
    const fetch = [...new Set(tensors)].filter((name) => computed.has(name) && !initializers.has(name))
    return { ...step, model: opened.get(step.model)!, fetch: [...new Set([...step.fetch, ...fetch])] }
  })
  const { outputs } = await runtime.execute(program)
  // What a step reads of an earlier one has the sizes that it had there.
  const seen = new Map<string, readonly number[]>()
  return steps.reduce((sum, step, i) => {
    const { graph } = models.get(step.model)!
    const { nodes, initializers } = graph
    for (const [name, { dims }] of Object.entries(outputs[i]!)) seen.set(name, dims)
    for (const [name, feed] of Object.entries(step.feeds))
      if (!('slot' in feed)) seen.set(name, (feed as Tensor).dims)
    const dims = (name: string) => initializers.get(name)?.dims ?? seen.get(name)!
    // A convolution with ones adds up channels.
    const ones = new Set(nodes.flatMap(({ op, outputs: [made] }) => (op === 'Expand' ? [made!] : [])))
    const multiplying = nodesOfRuns(graph).filter(({ op, inputs }) => op !== 'Conv' || !ones.has(inputs[1]!))
    return sum + multiplying.reduce((total, node) => total + executedWork(node, dims), 0)
  }, 0)
}

interface Case {
  readonly model: string
  readonly golden: string
  readonly composite: string
  readonly layer: string
  readonly conditions: readonly ConditionTask[]
  readonly excludeParallel: boolean
}

/** A compiled and planned request, as the engine makes it of the case. */
async function planned(kase: Case, explainable: Explainable) {
  const description = describeModel(explainable, 'output')
  const resolver = new ConditionResolver(description)
  const conditions = kase.conditions.map((condition, i) => resolver.condition(condition, i))
  const spec: PlanSpec = {
    start: 'output',
    startLayer: null,
    composite: kase.composite as never,
    startMode: 'value',
    predicted: false,
    masks: conditions[0]!.masks.map(({ layer }) => layer),
    projections: [],
    singles: conditions[0]!.masks.map(({ layer }) => layer),
    excludeParallel: kase.excludeParallel,
    relevance: [],
    channelSums: [],
    activation: [],
    heatmap: true,
    inputRelevance: false,
  }
  const unwritten = compile(explainable, spec)
  const home = await mkdtemp(join(folder, 'plan-'))
  const plan = await writePlan(home, spec, unwritten)
  const models = new Map(plan.parts.map(({ path }, i) => [path, unwritten.parts[i]!.part.model]))
  const rows = planRows(1, conditions.length, 'product')
  const group: PlannedRows = {
    plan,
    description,
    start: resolver.start(undefined),
    rows,
    conditions,
    record: [],
  }
  return { group, models }
}

const condition = (y: number, layer: string, channel: number): ConditionTask => ({
  y: [y],
  layers: [{ layer, concept: { kind: 'channels', channels: [channel] } }],
})

const cases: readonly Case[] = [
  {
    model: 'crpnet',
    golden: 'crp_multi_layer',
    composite: 'epsilon_plus_flat',
    layer: 'features.5',
    conditions: Array.from({ length: 11 }, (_, i) => condition(i % 2, 'features.5', i)),
    excludeParallel: true,
  },
  {
    model: 'crpnet',
    golden: 'crp_multi_layer',
    composite: 'epsilon_alpha2_beta1',
    layer: 'features.2',
    conditions: Array.from({ length: 9 }, (_, i) => condition(0, 'features.2', i)),
    excludeParallel: false,
  },
  {
    model: 'resbasic',
    golden: 'crp_resbasic_last_excl',
    composite: 'epsilon_plus',
    layer: 'layer2.0.conv2',
    conditions: Array.from({ length: 5 }, (_, i) => condition(1, 'layer2.0.conv2', i)),
    excludeParallel: true,
  },
  {
    model: 'parnet',
    golden: 'crp_parnet_block_side',
    composite: 'epsilon_plus_flat',
    layer: 'conv2',
    conditions: Array.from({ length: 3 }, (_, i) => condition(1, 'conv2', i)),
    excludeParallel: false,
  },
]

describe('forward equivalents', () => {
  it.each(cases.map((kase) => [kase.model, kase.layer, kase.composite, kase] as const))(
    'are the work of what runs, by the sizes that it runs at: %s at %s, %s',
    async (_model, _layer, _composite, kase) => {
      const golden = attributionCases([kase.model]).find(({ name }) => name === kase.golden)!
      const explainable = analyse(
        canonize(readModel(modelBytes(golden, 'ts')), { mergeBatchNorm: true }).model,
      )
      const { group, models } = await planned(kase, explainable)
      const { shape, data } = caseArray(golden, 'input.npy')
      const sizes = shape.slice(1)
      const sample: Sample = {
        sizes,
        values: Float32Array.from(data.slice(0, product(sizes))),
        picture: null,
        position: 0,
      }
      const task = attributionTask({ model: 'm', inputs: [], conditions: [] } as never)
      const [batch, ...others] = cutIntoBatches(task, group, { processes: 1, severalSamples: true })
      expect(others).toEqual([])
      const shared = batchFeeds(group.plan, [sample])
      const pieces = batch!.pieces.map((piece) =>
        pieceFeeds(
          group.plan,
          piece.map((row) => ({ task, planned: group, row })),
          shared,
        ),
      )
      const { steps, multiplications } = batchProgram(group.plan, pieces)
      expect(multiplications).toBe(await countedWork(steps, models))
      // The forward pass alone, counted in the same way.
      const forward = explainable.model
      const path = join(folder, `${kase.model}-${kase.golden}-${kase.layer}-forward.onnx`)
      await writeFile(path, writeModel(forward))
      const feeds = { [explainable.input]: shared.get(group.plan.inputs.data)!.tensor }
      const run: Step = { model: path, feeds, fetch: [explainable.model.graph.outputs[0]!.name] }
      expect(group.plan.forward).toBe(await countedWork([run], new Map([[path, forward]])))
    },
  )
})
