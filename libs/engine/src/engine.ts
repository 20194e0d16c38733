import { resolve } from 'node:path'
import {
  type AttributionGraphResponse,
  type AttributionGraphTask,
  type AttributionTask,
  type CompositeName,
  type CompositeTask,
  type EngineAttributionResponse,
  type EnginePredictionResponse,
  type Layer,
  type Model,
  type ModelMetadata,
  type PredictionTask,
  ProblemError,
} from '@crp-serve/contracts'
import { Datasets } from '@crp-serve/datasets'
import { type CompositeSpec, mergesBatchNorm } from '@crp-serve/lrp'
import { type PoolEvent, type PoolStatus, type Runtime, startRuntime } from '@crp-serve/runtime'
import { type ObjectStore, openObjectStore } from '@crp-serve/storage'
import { attribute, type Workshop } from './attribution/attribute.ts'
import { compositeSpec } from './attribution/composite-spec.ts'
import { predict } from './attribution/predict.ts'
import { type EngineConfig, storeConfigOf, type WorkOptions } from './config.ts'
import { DatasetBuilder } from './datasets/build.ts'
import { type DatasetService, datasetService } from './datasets/dataset-service.ts'
import { openItems } from './datasets/sample-set.ts'
import { at, reporting } from './errors.ts'
import { attributionGraph } from './graphs/attribution-graph.ts'
import { Catalogue } from './models/catalogue.ts'
import { hasOpenSize, type ModelRecord, modelInfo, preparationOf, startOf } from './models/record.ts'
import type { Registration } from './models/registration.ts'
import { type ModelPage, ModelRegistry } from './models/registry.ts'
import type { Upload } from './models/upload.ts'
import { Batcher } from './scheduling/batcher.ts'
import { startTools, type Tools } from './tools/tools.ts'
import { type Collections, collectionsOf } from './visualization/collections.ts'
import type { OpenItems } from './visualization/items.ts'
import { Runs } from './visualization/runs.ts'
import { PictureShelf } from './visualization/shelf.ts'
import { type Visualizations, visualizationsOf } from './visualization/visualizations.ts'

/** Models by name. Every method throws errors of the error table. */
export interface Models {
  /** Begins an upload; end it with `register` or with its own `discard`. */
  begin(): Promise<Upload>
  /**
   * Inspects an upload and registers it. The upload is gone afterwards, whatever comes of it.
   * @throws `model-name-conflict`, `model-not-onnx`, `model-truncated`, `model-too-large`, `model-invalid`,
   * `model-not-supported`, `model-load-failed`, `preprocessing-invalid`, `validation-failed`
   */
  register(upload: Upload, metadata: ModelMetadata): Promise<Registration>
  /** @throws `unknown-model` */
  get(name: string): Promise<Model>
  /** A page in the order of names. @throws `validation-failed` for a cursor that is none */
  list(limit: number, cursor?: string): Promise<ModelPage>
  /** Removes a name, and the content with its last one. @throws `unknown-model` */
  delete(name: string): Promise<void>
  /** The layers of a model with their rules. @throws `unknown-model`, errors of the composite */
  layers(name: string, composite: CompositeTask | CompositeName): Promise<Layer[]>
  /** What of a model can be explained, node by node. @throws `unknown-model`, errors of the composite */
  support(name: string, composite: CompositeTask | CompositeName): Promise<Support>
}

/** The engine: models, predictions and attributions over child processes. */
export interface Engine {
  readonly models: Models
  readonly datasets: DatasetService
  readonly visualizations: Visualizations
  /** The making of feature visualizations. */
  readonly collections: Collections
  /** @throws errors of the error table, with pointers into the request */
  attribute(task: AttributionTask, work?: WorkOptions): Promise<EngineAttributionResponse>
  /** @throws errors of the error table, with pointers into the request */
  attributionGraph(task: AttributionGraphTask, work?: WorkOptions): Promise<AttributionGraphResponse>
  /** @throws errors of the error table, with pointers into the request */
  predict(model: string, task: PredictionTask, work?: WorkOptions): Promise<EnginePredictionResponse>
  /** Whether there are processes to compute in. */
  ready(): boolean
  /** Throws where the store could not be used now. */
  checkStore(): Promise<void>
  /** The child processes by their kind: `tools` read, compile and render, `runtime` runs ONNX Runtime. */
  processes(): Readonly<Record<'tools' | 'runtime', PoolStatus['children']>>
  /** Takes no more work and resolves when what is at hand is answered. */
  drain(): Promise<void>
  /** Ends all child processes. */
  close(): Promise<void>
}

/** Does work on a request around which something is measured. */
export type Observer = <T>(
  kind: 'attribution' | 'attribution-graph' | 'prediction',
  model: string,
  work: () => Promise<T>,
) => Promise<T>

export interface EngineOptions {
  /**
   * Whether what failed uploads have left behind is removed at the start; true by default. Only the one process that takes
   * uploads may do it.
   */
  readonly sweep?: boolean
  readonly onEvent?: (event: PoolEvent) => void
  /** Where models, data sets and results lie; the configured store by default. */
  readonly store?: ObjectStore
  /** Opens data sets for references; those of the store by default. */
  readonly openItems?: OpenItems
  /** Called around the work on every request; it returns what the work returns, and throws what it throws. */
  readonly observe?: Observer
}

/** What of a model can be explained. */
export type Support = Awaited<ReturnType<Tools['support']>>

/** The form of a model that is looked at where no sample says its size. */
const nominalPreparation = (record: ModelRecord, content: string, composite: CompositeSpec) =>
  preparationOf(record, content, mergesBatchNorm(composite), record.inspection.nominalSize)

/** Work that is not tried again on new files: its errors say nothing about them. */
const isDamage = (error: unknown): boolean => (error as { code?: unknown }).code === 'model-load-failed'

class RunningEngine implements Engine {
  readonly models: Models
  readonly datasets: DatasetService
  readonly visualizations: Visualizations
  readonly collections: Collections
  readonly #builder = new DatasetBuilder()
  readonly #shop: Workshop
  readonly #registry: ModelRegistry
  readonly #dataDir: string
  readonly #store: ObjectStore
  readonly #observe: Observer
  readonly #inFlight = new Set<Promise<unknown>>()
  #draining = false

  constructor(
    shop: Workshop,
    dataDir: string,
    { store, openItems, observe }: Required<Omit<EngineOptions, 'onEvent' | 'sweep'>>,
  ) {
    this.#shop = shop
    this.#observe = observe
    this.#dataDir = dataDir
    this.#store = store
    this.#registry = new ModelRegistry({
      dataDir,
      store,
      maxBytes: shop.config.maxModelBytes,
      tools: {
        inspect: (request) => shop.tools.inspect(request),
        load: (record) => this.#load(record),
        forget: (content) => this.#forget(content),
      },
    })
    this.models = this.#models()
    this.datasets = datasetService({
      ...shop,
      dataDir,
      builder: this.#builder,
      admit: (work) => this.#admit(work),
    })
    const studio = {
      shop,
      runs: new Runs(store),
      shelf: new PictureShelf(store, shop.config.referencePictureBytes),
      openItems,
      model: async (name: string) => {
        const record = await this.#registry.get(name)
        return { record, content: await this.#registry.contentOf(record) }
      },
    }
    this.visualizations = visualizationsOf(studio, (work) => this.#admit(work))
    this.collections = collectionsOf(studio, (work) => this.#admit(work))
  }

  sweep(): Promise<void> {
    return this.#registry.sweep()
  }

  attribute(task: AttributionTask, work: WorkOptions = {}): Promise<EngineAttributionResponse> {
    return this.#observe('attribution', task.model, () =>
      this.#onModel(
        task.model,
        (record, content) => attribute(task, record, content, this.#shop, work),
        '/model',
      ),
    )
  }

  attributionGraph(task: AttributionGraphTask, work: WorkOptions = {}): Promise<AttributionGraphResponse> {
    return this.#observe('attribution-graph', task.model, () =>
      this.#onModel(task.model, (record, content) =>
        attributionGraph(task, record, content, this.#shop, work),
      ),
    )
  }

  predict(model: string, task: PredictionTask, work: WorkOptions = {}): Promise<EnginePredictionResponse> {
    return this.#observe('prediction', model, () =>
      this.#onModel(model, (record, content) => predict(task, record, content, this.#shop, work)),
    )
  }

  ready(): boolean {
    const isUp = ({ state }: { readonly state: string }) => state === 'free' || state === 'busy'
    return Object.values(this.processes()).every((children) => children.some(isUp))
  }

  processes() {
    const { tools, runtime } = this.#shop
    return { tools: tools.status().children, runtime: runtime.status().children }
  }

  checkStore(): Promise<void> {
    return this.#store.check()
  }

  async drain(): Promise<void> {
    // One request asks the children for several things: it is requests that are let through to their end, not these.
    this.#draining = true
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight)
  }

  async close(): Promise<void> {
    await Promise.all([this.#shop.runtime.close(), this.#shop.tools.close(), this.#builder.close()])
  }

  #models(): Models {
    const registry = this.#registry
    const report = <T>(work: () => Promise<T>) => this.#admit(work)
    return {
      begin: () => registry.begin(),
      register: (upload, metadata) => report(() => registry.register(upload, metadata)),
      get: (name) => report(async () => modelInfo(await registry.get(name))),
      list: (limit, cursor) => report(() => registry.list(limit, cursor)),
      delete: (name) => report(() => registry.delete(name)),
      layers: (name, composite) =>
        this.#onModel(name, (record, content) => this.#layers(record, content, compositeSpec(composite))),
      support: (name, composite) =>
        this.#onModel(name, (record, content) => this.#support(record, content, compositeSpec(composite))),
    }
  }

  /** Does work that `drain` waits for, with errors of the error table. */
  #admit<T>(work: () => Promise<T>): Promise<T> {
    if (this.#draining) {
      return Promise.reject(new ProblemError('shutting-down', 'The engine is shutting down.'))
    }
    const result = reporting(this.#dataDir, work)
    this.#inFlight.add(result)
    const settled = () => this.#inFlight.delete(result)
    result.then(settled, settled)
    return result
  }

  /**
   * Does work on a model; once more where its files turn out to be damaged, which makes them anew.
   * @param pointer where the name stands in the body of the request, if it does
   */
  #onModel<T>(
    name: string,
    work: (record: ModelRecord, content: string) => Promise<T>,
    pointer?: string,
  ): Promise<T> {
    return this.#admit(async () => {
      const record = await this.#registry
        .get(name)
        .catch((error) => Promise.reject(pointer === undefined ? error : at(pointer, error)))
      const content = await this.#registry.contentOf(record)
      try {
        return await work(record, content)
      } catch (error) {
        if (!isDamage(error)) throw error
        await this.#forget(content)
        return await work(record, content)
      }
    })
  }

  #layers(record: ModelRecord, content: string, composite: CompositeSpec): Promise<Layer[]> {
    const preparation = nominalPreparation(record, content, composite)
    return this.#shop.tools.layers(preparation, { composite, openSize: hasOpenSize(record) })
  }

  #support(record: ModelRecord, content: string, composite: CompositeSpec): Promise<Support> {
    const preparation = nominalPreparation(record, content, composite)
    const { refused } = record.inspection
    return this.#shop.tools.support(preparation, { composite, start: startOf(record), refused })
  }

  async #load(record: ModelRecord): Promise<void> {
    const { catalogue, runtime } = this.#shop
    const content = await this.#registry.contentOf(record)
    const preparation = preparationOf(record, content, true, record.inspection.nominalSize)
    await runtime.describe(await catalogue.prediction(preparation))
  }

  async #forget(content: string): Promise<void> {
    const { catalogue, runtime, tools } = this.#shop
    catalogue.forget(content)
    await Promise.all([runtime.evict(content), tools.evict(content)])
  }
}

/** Starts both kinds of processes side by side; where one kind does not start, the other ends again. */
async function startPools(config: EngineConfig, onEvent: (event: PoolEvent) => void) {
  const starting = [
    startTools(onEvent),
    startRuntime({
      processes: config.engineProcesses,
      threads: config.engineThreads,
      executionProvider: config.executionProvider,
      memoryBytes: config.engineMemoryBytes,
      memoryLimitBytes: config.engineRssLimit,
      onEvent,
    }),
  ] as const
  try {
    const [tools, runtime] = await Promise.all(starting)
    return { tools, runtime }
  } catch (error) {
    for (const pool of await Promise.allSettled(starting)) {
      if (pool.status === 'fulfilled') await pool.value.close()
    }
    throw error
  }
}

/**
 * Starts the child processes.
 * @throws `execution-provider-unavailable` where ONNX Runtime cannot compute as configured, `store-unavailable`,
 * `store-access-denied`, `store-bucket-missing`
 */
export async function startEngine(config: EngineConfig, options: EngineOptions = {}): Promise<Engine> {
  const s3 = storeConfigOf(config)
  const store = options.store ?? (await openObjectStore(s3))
  await store.check()
  const pools: { tools: Tools; runtime: Runtime } = await startPools(config, options.onEvent ?? (() => {}))
  const datasets = new Datasets({ store, s3, roots: config.datasetRoots ?? [] })
  const { engineProcesses: processes, batchMaxRows: maxRows = 16, batchDelayMs: delayMs = 0 } = config
  const batcher = new Batcher({ processes, maxRows, delayMs })
  const shop: Workshop = { config, ...pools, batcher, catalogue: new Catalogue(pools.tools), datasets }
  const engine = new RunningEngine(shop, resolve(config.dataDir), {
    openItems: (name, classNames) => openItems(datasets, name, classNames),
    observe: (_kind, _model, work) => work(),
    ...options,
    store,
  })
  if (options.sweep ?? true) await engine.sweep()
  return engine
}
