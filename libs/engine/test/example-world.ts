import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type FeatureVisualizationManifest,
  type FeatureVisualizationOrder,
  type FeatureVisualizationRun,
  featureVisualizationOrder,
  type ModelMetadata,
} from '@crp-serve/contracts'
import { buildDataset, Datasets } from '@crp-serve/datasets'
import { FileSystemObjectStore } from '@crp-serve/storage'
import type { CollectOptions, Engine, EngineConfig } from '../src/index.ts'
import { register, startTestEngine } from './support.ts'

const example = fileURLToPath(new URL('../../../examples/concept-world/', import.meta.url))

/** Pictures of each of the eight classes. */
export const perClass = 3
export const samples = 8 * perClass

/** An engine with the example's model, `concept-world`, and data sets of a few of its pictures. */
export interface ExampleWorld {
  readonly engine: Engine
  readonly store: FileSystemObjectStore
  readonly dataDir: string
  /** Folder below which data sets may lie. */
  readonly folder: string
  readonly metadata: ModelMetadata
  /** Registers the example's model under another name. */
  registerModel(metadata: ModelMetadata): Promise<unknown>
  /** Makes class folders with a few pictures of the example; gives their folder. */
  pictures(name: string): Promise<string>
  addDataset(name: string): Promise<void>
  /** Makes a feature visualization from the order to its manifest. */
  make(
    id: string,
    order: FeatureVisualizationOrder,
    options?: CollectOptions,
  ): Promise<FeatureVisualizationManifest>
  close(): Promise<void>
}

/** A feature visualization of the example. */
export const orderOf = (changes: Record<string, unknown> = {}): FeatureVisualizationOrder =>
  featureVisualizationOrder({ model: 'concept-world', dataset: 'pictures', ...changes } as never)

/** Starts the engine and registers the model, and the data set `pictures`. */
export async function startExampleWorld(config: Partial<EngineConfig> = {}): Promise<ExampleWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'crp-example-'))
  const { engine, dataDir, close } = await startTestEngine({ datasetRoots: [folder], ...config })
  const store = new FileSystemObjectStore(dataDir)
  const model = await readFile(join(example, 'model/concept-world.onnx'))
  const metadata = JSON.parse(await readFile(join(example, 'model/metadata.json'), 'utf8')) as ModelMetadata
  const world: ExampleWorld = {
    engine,
    store,
    dataDir,
    folder,
    metadata,
    registerModel: (given) => register(engine, model, given),
    async pictures(set) {
      for (const name of await readdir(join(example, 'dataset'))) {
        await mkdir(join(folder, set, name), { recursive: true })
        const files = (await readdir(join(example, 'dataset', name))).sort().slice(0, perClass)
        for (const file of files)
          await cp(join(example, 'dataset', name, file), join(folder, set, name, file))
      }
      return join(folder, set)
    },
    async addDataset(name) {
      const directory = join(folder, name)
      const built = await mkdtemp(join(folder, 'built-'))
      const datasets = new Datasets({ store, s3: {} as never, roots: [folder] })
      const summary = await buildDataset({ source: { directory }, folder: built })
      await datasets.publish({ name, source: { directory }, summary, folder: built })
    },
    async make(id, order, options = {}) {
      const task = await engine.collections.plan(order)
      const run: FeatureVisualizationRun = { id, task, created_at: '2026-01-01T00:00:00.000Z' }
      const shards: string[] = []
      for (const range of engine.collections.ranges(task))
        shards.push(await engine.collections.shard(run, range, options))
      const manifest = await engine.collections.merge(run, shards)
      await engine.collections.publish(manifest)
      return manifest
    },
    async close() {
      await close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await world.registerModel(metadata)
  await world.pictures('pictures')
  await world.addDataset('pictures')
  return world
}
