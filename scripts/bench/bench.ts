import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { attributionTask, type DecodedAttribution } from '@crp-serve/contracts'
import { type Engine, startEngine } from '@crp-serve/engine'
import { type Model, writeModelParts } from '@crp-serve/onnx'
import { inTurns, median, ratio } from './measure.ts'
import { resnet50, vgg16 } from './models.ts'

/** One line of the table. */
interface Case {
  readonly name: string
  readonly model: 'vgg16' | 'resnet50'
  /** The layer that the conditions name, and how many there are; none: one heatmap of one class. */
  readonly conditions?: { readonly layer: string; readonly channels: number }
  readonly rounds: number
}

const cases: readonly Case[] = [
  { name: 'VGG16, one heatmap', model: 'vgg16', rounds: 9 },
  {
    name: 'VGG16, 64 conditions at features.28',
    model: 'vgg16',
    conditions: { layer: 'features.28', channels: 64 },
    rounds: 3,
  },
  {
    name: 'VGG16, 64 conditions at features.14',
    model: 'vgg16',
    conditions: { layer: 'features.14', channels: 64 },
    rounds: 3,
  },
  { name: 'ResNet50, one heatmap', model: 'resnet50', rounds: 9 },
  {
    name: 'ResNet50, 32 conditions at layer3.0.conv2',
    model: 'resnet50',
    conditions: { layer: 'layer3.0.conv2', channels: 32 },
    rounds: 5,
  },
]

const shape = [1, 3, 224, 224]

/** An image that no round before has seen. */
function image(round: number): { shape: number[]; datatype: 'FP32'; data: Uint8Array } {
  const values = new Float32Array(3 * 224 * 224).map((_, i) => Math.sin(i * 12.9898 + round * 78.233))
  return { shape, datatype: 'FP32', data: new Uint8Array(values.buffer) }
}

function task({ model, conditions }: Case, round: number) {
  const channels = Array.from({ length: conditions?.channels ?? 0 }, (_, i) => i)
  const rows = conditions
    ? channels.map((channel) => ({ y: [403], [conditions.layer]: [channel] }))
    : [{ y: [403] }]
  const request = {
    model,
    inputs: [{ tensor: image(round) }],
    conditions: rows,
    output: { heatmap: ['tensor'], prediction: { top: 1 } },
  }
  return attributionTask(request as unknown as DecodedAttribution)
}

async function register(engine: Engine, name: string, model: Model, folder: string): Promise<void> {
  const path = join(folder, `${name}.onnx`)
  await writeFile(path, writeModelParts(model))
  const upload = await engine.models.begin()
  await upload.addModel(createReadStream(path))
  await engine.models.register(upload, { name })
}

/** Times one case beside the model's own forward pass. */
async function time(engine: Engine, one: Case) {
  let cost = { executions: 0, forward_equivalents: 0 }
  const times = await inTurns(
    [
      {
        name: 'forward',
        run: async (round) => {
          await engine.predict(one.model, {
            inputs: [{ tensor: image(-round) }],
            prediction: { top: 1, tensor: false },
          })
        },
      },
      {
        name: 'engine',
        run: async (round) => {
          const { timings } = await engine.attribute(task(one, round))
          cost = timings.plan
        },
      },
    ],
    one.rounds,
  )
  const rows = one.conditions?.channels ?? 1
  const [forward, attribution] = [times.get('forward')!, times.get('engine')!]
  return {
    case: one.name,
    forward_ms: median(forward),
    engine_ms: median(attribution),
    forwards_per_row: ratio(attribution, forward) / rows,
    executions: cost.executions,
    computed_forward_equivalents: cost.forward_equivalents,
  }
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'crp-bench-'))
  const engine = await startEngine({
    dataDir: folder,
    engineProcesses: 1,
    engineThreads: availableParallelism(),
    engineMemoryBytes: 4 * 2 ** 30,
    engineRssLimit: 8 * 2 ** 30,
    executionProvider: 'cpu',
    maxModelBytes: 2 * 2 ** 30,
    maxImageBytes: 2 ** 25,
    maxImagePixels: 2 ** 26,
    maxRows: 256,
  })
  try {
    await register(engine, 'vgg16', vgg16(), folder)
    await register(engine, 'resnet50', resnet50(), folder)
    const results = []
    for (const one of cases) {
      const result = await time(engine, one)
      results.push(result)
      const { forward_ms, engine_ms, forwards_per_row } = result
      process.stdout.write(
        `${one.name}: forward ${forward_ms.toFixed(0)} ms, engine ${engine_ms.toFixed(0)} ms, ${forwards_per_row.toFixed(2)} forwards a row\n`,
      )
    }
    const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version }
    const path = process.argv[2] ?? 'docs/bench/engine.json'
    await writeFile(
      path,
      `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), machine, results }, null, 2)}\n`,
    )
  } finally {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  }
}

await main()
