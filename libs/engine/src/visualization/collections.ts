import {
  compositeTask,
  decodeComposite,
  type FeatureVisualizationManifest,
  type FeatureVisualizationOrder,
  type FeatureVisualizationRun,
  type FeatureVisualizationTask,
  manifestVersion,
  ProblemError,
  problemAt,
  visualizationManifestKey,
} from '@crp-serve/contracts'
import type { Dataset } from '@crp-serve/datasets'
import { mergesBatchNorm } from '@crp-serve/lrp'
import type { ObjectStore } from '@crp-serve/storage'
import type { Workshop } from '../attribution/attribute.ts'
import { compositeSpec } from '../attribution/composite-spec.ts'
import { loadInput } from '../attribution/samples.ts'
import { sampleSetOf } from '../datasets/sample-set.ts'
import { at } from '../errors.ts'
import { isOfModel, preparationOf, registrationHash, startOf } from '../models/record.ts'
import {
  type CollectContext,
  type CollectedShard,
  type CollectOptions,
  collect,
  isSampleFault,
  resolvedTask,
} from './collect.ts'
import type { CollectTask } from './collect-task.ts'
import { type DatasetItems, hasOutputs } from './items.ts'
import { type MergeOptions, mergeShards, removeShards } from './merge.ts'
import { type CollectRequest, resolveReferenced } from './resolve.ts'
import { publishRun } from './runs.ts'
import type { SampleRange, SampleSet } from './sample-set.ts'
import { isCollected, shardKey, writeShard } from './shards.ts'
import { checkSkipped } from './skipped.ts'
import type { Studio } from './subject.ts'

/** The making of feature visualizations. Every method throws errors of the error table. */
export interface Collections {
  /** Finds the layers of a collection, checks its classes and whether its composite fits the model. */
  resolve(request: CollectRequest): Promise<CollectTask>
  /** Collects the best samples of every concept over a range of samples. */
  collect(
    task: CollectTask,
    set: SampleSet,
    range: SampleRange,
    options?: CollectOptions,
  ): Promise<CollectedShard>
  /**
   * Resolves everything that an order names, and finds all that is wrong with it before a job begins.
   * @throws with pointers into the request
   */
  plan(order: FeatureVisualizationOrder): Promise<FeatureVisualizationTask>
  /** Ranges of the samples of a run; they depend on nothing but the task. */
  ranges(task: FeatureVisualizationTask): SampleRange[]
  /** Collects a range of a run into the store, unless that was done before; the key of its index. */
  shard(run: FeatureVisualizationRun, range: SampleRange, options?: CollectOptions): Promise<string>
  /** Merges the shards of a run into its files; the manifest that tells of them once it is published. */
  merge(
    run: FeatureVisualizationRun,
    shards: readonly string[],
    options?: MergeOptions,
  ): Promise<FeatureVisualizationManifest>
  /** Makes a run visible, and removes what only its making needed. */
  publish(manifest: FeatureVisualizationManifest): Promise<void>
  /** Whether a run has been published. */
  isPublished(id: string): Promise<boolean>
}

/** Samples of a shard, and bytes of what it may hold in memory. */
const limits = { most: 512, least: 16, bytes: 256 * 1024 ** 2, shards: 8 } as const

/** Bytes of an entry of the maxima of a concept. */
const entryBytes = 12

/** Samples of a shard of a run: few enough for several workers and for memory, many enough to be worth their objects. */
function shardSize({
  layers,
  modes,
  statistics,
  targets,
  range: [from, to],
}: FeatureVisualizationTask): number {
  const channels = layers.reduce((sum, { concepts }) => sum + concepts, 0)
  const rows = Array.isArray(targets) ? targets.length : 1
  const sampleBytes = entryBytes * channels * modes.length * rows * (statistics ? 2 : 1)
  const bounded = Math.min(limits.most, Math.floor(limits.bytes / sampleBytes))
  return Math.max(limits.least, Math.min(bounded, Math.ceil((to - from) / limits.shards)))
}

function rangesOf(task: FeatureVisualizationTask): SampleRange[] {
  const [first, end] = task.range
  const size = shardSize(task)
  return Array.from({ length: Math.ceil((end - first) / size) }, (_, i) => ({
    from: first + i * size,
    to: Math.min(end, first + (i + 1) * size),
  }))
}

const collectTaskOf = ({ composite, ...task }: FeatureVisualizationTask): CollectTask => ({
  ...task,
  composite: compositeTask(decodeComposite(composite)),
})

/** The samples of an order; all of them where it names no range. */
function rangeOf(
  { range }: FeatureVisualizationOrder,
  { samples, name }: Dataset,
): readonly [number, number] {
  if (range === undefined) return [0, samples]
  const [from, to] = range
  if (to <= samples) return [from, to]
  throw problemAt('range-invalid', '/range/1', `is ${to}, but the data set ${name} has ${samples} samples`)
}

/** @throws ProblemError `labels-missing` where no sample of a range has a class to start from */
function checkLabels(
  { targets, dataset }: FeatureVisualizationOrder,
  set: SampleSet,
  range: readonly [number, number],
) {
  if (targets !== 'label') return
  for (let index = range[0]; index < range[1]; index++) if (set.labels(index).length > 0) return
  const detail = `the samples of ${dataset} have no labels; name classes, or use "predicted"`
  throw problemAt('labels-missing', '/targets', detail)
}

class StudioCollections implements Collections {
  readonly #studio: Studio

  constructor(studio: Studio) {
    this.#studio = studio
  }

  async resolve(request: CollectRequest): Promise<CollectTask> {
    return resolvedTask(request, await this.#context(request.model))
  }

  async collect(task: CollectTask, set: SampleSet, range: SampleRange, options: CollectOptions = {}) {
    return collect(task, set, range, await this.#context(task.model), options)
  }

  async plan(order: FeatureVisualizationOrder): Promise<FeatureVisualizationTask> {
    const context = await this.#context(order.model).catch(pointingTo('/model'))
    const dataset = await this.#shop.datasets.open(order.dataset).catch(pointingTo('/dataset'))
    const { layers: names, ...rest } = order
    const composite = compositeTask(decodeComposite(order.composite))
    const request = { ...rest, composite, ...(names ? { layers: names } : {}) }
    const { layers, model_sha256 } = await resolvedTask(request, context)
    const description = await this.#describe(context, composite)
    const concepts = resolveReferenced(order.references.concepts, layers, description)
    const range = rangeOf(order, dataset)
    const set = await this.#sampleSet(dataset, context, composite).catch(pointingTo('/dataset'))
    checkLabels(order, set, range)
    await this.#probe(set, range[0], context)
    return {
      ...rest,
      layers,
      model_sha256,
      model_registration: registrationHash(context.record),
      dataset_fingerprint: dataset.fingerprint,
      dataset_outputs: set.outputs,
      range,
      references: { ...order.references, concepts },
    }
  }

  ranges(task: FeatureVisualizationTask): SampleRange[] {
    return rangesOf(task)
  }

  async shard(
    { id, task }: FeatureVisualizationRun,
    range: SampleRange,
    options: CollectOptions = {},
  ): Promise<string> {
    const key = shardKey(id, range)
    if (await isCollected(this.#store, key)) return key
    const context = await this.#sameModel(task)
    const dataset = await this.#sameDataset(task)
    const work = collectTaskOf(task)
    const set = await this.#sampleSet(dataset, context, work.composite)
    if (!hasOutputs(set, task))
      throw outdated(`output of ${task.model} that a class of ${task.dataset} stands for`)
    const onSkipped: CollectOptions['onSkipped'] = (skipped) => checkSkipped(skipped, task)
    const shard = await collect(work, set, range, context, { ...options, onSkipped })
    options.signal?.throwIfAborted()
    return writeShard(this.#store, id, range, shard)
  }

  async merge(
    { id, task, created_at }: FeatureVisualizationRun,
    shards: readonly string[],
    options: MergeOptions = {},
  ) {
    const merged = await mergeShards(this.#store, { id, task, shards }, options)
    const { references: _, max_skipped: __, statistics: ___, range, ...rest } = task
    const [from, to] = range
    return {
      version: manifestVersion,
      id,
      origin: 'job',
      created_at,
      ...rest,
      targets: rest.targets as FeatureVisualizationManifest['targets'],
      modes: [...rest.modes],
      layers: [...rest.layers],
      range: [from, to],
      ...merged,
    } satisfies FeatureVisualizationManifest
  }

  async publish(manifest: FeatureVisualizationManifest): Promise<void> {
    await publishRun(this.#store, manifest)
    await removeShards(this.#store, manifest.id)
  }

  isPublished(id: string): Promise<boolean> {
    return this.#store.exists(visualizationManifestKey(id))
  }

  get #shop(): Workshop {
    return this.#studio.shop
  }

  get #store(): ObjectStore {
    return this.#studio.runs.store
  }

  async #context(model: string): Promise<CollectContext> {
    return { ...(await this.#studio.model(model)), shop: this.#shop }
  }

  /** @throws ProblemError `feature-visualization-outdated` */
  async #sameModel(task: FeatureVisualizationTask): Promise<CollectContext> {
    const context = await this.#context(task.model)
    if (!isOfModel(context.record, task))
      throw outdated(`model ${task.model}, or its preprocessing or output,`)
    return context
  }

  /** @throws ProblemError `feature-visualization-outdated` */
  async #sameDataset(task: FeatureVisualizationTask): Promise<Dataset> {
    const dataset = await this.#shop.datasets.open(task.dataset)
    if (dataset.fingerprint !== task.dataset_fingerprint) throw outdated(`data set ${task.dataset}`)
    return dataset
  }

  /** The model at the size that it is looked at where no sample says its own. */
  #describe({ record, content }: CollectContext, composite: CollectTask['composite']) {
    const merges = mergesBatchNorm(compositeSpec(composite))
    const preparation = preparationOf(record, content, merges, record.inspection.nominalSize)
    return this.#shop.catalogue.describe(preparation, startOf(record))
  }

  async #sampleSet(
    dataset: Dataset,
    context: CollectContext,
    composite: CollectTask['composite'],
  ): Promise<DatasetItems> {
    const { startSizes } = await this.#describe(context, composite)
    const labels = context.record.metadata.labels ?? []
    return sampleSetOf(dataset, { labels, count: startSizes[0] ?? 0 })
  }

  /** Loads a sample, so that a data set that does not fit the model at all is found out at once. */
  async #probe(set: SampleSet, index: number, { record, shop }: CollectContext): Promise<void> {
    const { tools, config, datasets } = shop
    try {
      await loadInput(
        await set.read(index),
        { tools, config, record, datasets, pictures: false, work: {} },
        '',
      )
    } catch (error) {
      if (!isSampleFault(error)) throw aboutDataset(error)
    }
  }
}

const pointingTo =
  (pointer: string) =>
  (error: unknown): Promise<never> =>
    Promise.reject(at(pointer, error))

/** An error about a sample as one about all of its data set. */
function aboutDataset(error: unknown): unknown {
  if (!(error instanceof ProblemError) || error.errors.length === 0) return at('/dataset', error)
  return problemAt(error.code, '/dataset', error.errors[0]!.detail)
}

const outdated = (what: string): ProblemError =>
  new ProblemError(
    'feature-visualization-outdated',
    `The ${what} is another one than when the job was submitted; submit it again.`,
  )

/**
 * @param admit does work with errors of the error table, and lets no more begin once the engine is draining
 */
export function collectionsOf(studio: Studio, admit: <T>(work: () => Promise<T>) => Promise<T>): Collections {
  const made = new StudioCollections(studio)
  return {
    resolve: (request) => admit(() => made.resolve(request)),
    collect: (...order) => admit(() => made.collect(...order)),
    plan: (order) => admit(() => made.plan(order)),
    ranges: (task) => made.ranges(task),
    shard: (...order) => admit(() => made.shard(...order)),
    merge: (...order) => admit(() => made.merge(...order)),
    publish: (manifest) => admit(() => made.publish(manifest)),
    isPublished: (id) => admit(() => made.isPublished(id)),
  }
}
