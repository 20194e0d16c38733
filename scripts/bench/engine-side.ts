import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, type EngineConfig, startEngine } from '@crp-serve/engine'
import { type Model, writeModelParts } from '@crp-serve/onnx'
import { type BenchModel, image } from './cases.ts'
import { resnet50, vgg16 } from './models.ts'

/** Threads on both sides. */
export const threads = availableParallelism()

const makers: Readonly<Record<BenchModel, () => Model>> = { vgg16, resnet50 }

const configOf = (dataDir: string): EngineConfig => ({
  dataDir,
  engineProcesses: 1,
  engineThreads: threads,
  engineMemoryBytes: 4 * 2 ** 30,
  engineRssLimit: 8 * 2 ** 30,
  executionProvider: 'cpu',
  maxModelBytes: 2 * 2 ** 30,
  maxImageBytes: 2 ** 25,
  maxImagePixels: 2 ** 26,
  maxRows: 256,
})

/** As for ImageNet. */
const preprocessing = { size: [224, 224], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

/** Registers a model under a name. */
export async function register(engine: Engine, name: string, model: Model, folder: string): Promise<void> {
  const path = join(folder, `${name}.onnx`)
  await writeFile(path, writeModelParts(model))
  const upload = await engine.models.begin()
  await upload.addModel(createReadStream(path))
  await engine.models.register(upload, { name, preprocessing })
  await rm(path)
}

/** A folder with the models of the cases registered; what they are, by name; and how to be rid of it. */
export interface Workplace {
  readonly folder: string
  readonly models: ReadonlyMap<BenchModel, Model>
  /** An engine of its own: with one engine process that holds nothing yet. */
  start(): Promise<Engine>
  remove(): Promise<void>
}

/** Registers the models that cases need in a folder of its own. */
export async function openWorkplace(cases: readonly { readonly model: BenchModel }[]): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'crp-bench-'))
  const models = new Map<BenchModel, Model>()
  const engine = await startEngine(configOf(folder))
  try {
    for (const name of new Set(cases.map(({ model }) => model))) {
      const model = makers[name]()
      models.set(name, model)
      await register(engine, name, model, folder)
    }
  } finally {
    await engine.close()
  }
  return {
    folder,
    models,
    start: () => startEngine(configOf(folder)),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The model's own forward pass, on another image in every round. */
export const forward = (engine: Engine, model: BenchModel, round: number): Promise<unknown> =>
  engine.predict(model, { inputs: [{ tensor: image(-1 - round) }], prediction: { top: 1, tensor: false } })
