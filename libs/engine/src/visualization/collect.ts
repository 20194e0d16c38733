import { setImmediate as immediate } from 'node:timers/promises'
import type { ReferenceMode, SkippedSample } from '@crp-serve/contracts'
import { LayerMaxima, type RankedMaxima } from '@crp-serve/crp'
import { mergesBatchNorm } from '@crp-serve/lrp'
import { takesSeveralSamples, type Workshop } from '../attribution/attribute.ts'
import { compositeSpec } from '../attribution/composite-spec.ts'
import { type LoadedSample, loadInput } from '../attribution/samples.ts'
import type { WorkOptions } from '../config.ts'
import { type ModelRecord, preparationOf, startOf } from '../models/record.ts'
import type { SamplingSpec } from '../tools/compile-sampling.ts'
import { toolProcesses } from '../tools/tools.ts'
import { Ahead } from './ahead.ts'
import type { CollectTask } from './collect-task.ts'
import { rowsPerBatch } from './memory.ts'
import { type CollectRequest, resolveCollection } from './resolve.ts'
import { type RowBatch, rowBatches, skippedSample } from './row-batches.ts'
import {
  type BatchContext,
  batchInputs,
  batchOutputs,
  leastRows,
  sampledLayers,
  targetOf,
} from './run-batch.ts'
import type { SampleRange, SampleSet } from './sample-set.ts'

/** What was collected of a range of samples. */
export interface CollectedShard {
  /** By mode and layer. */
  readonly maxima: Readonly<Partial<Record<ReferenceMode, ReadonlyMap<string, RankedMaxima>>>>
  /** Samples that were read and ranked. */
  readonly samples: number
  readonly skipped: readonly SkippedSample[]
}

/** How a shard is collected. */
export interface CollectOptions extends WorkOptions {
  /** Rows of a batch; by default as many as fit a bounded memory. The result does not depend on it. */
  readonly batch?: number
  /** Told about all samples that could not be read so far; throws where they are too many. By default none may be. */
  readonly onSkipped?: (skipped: readonly SkippedSample[]) => void
  /** Told after every batch how many samples of the range are done. */
  readonly progress?: (done: number) => void
}

/** Errors that say that one sample of a data set is bad, and nothing of the others. */
const sampleFaults: readonly unknown[] = [
  'image-not-supported',
  'image-truncated',
  'image-too-large',
  'tensor-not-finite',
]

/** Whether an error says that a sample is bad, and nothing of the others. */
export const isSampleFault = (error: unknown): boolean =>
  sampleFaults.includes((error as { readonly code?: unknown }).code)

/** The best samples so far, by mode and layer. */
class Collection {
  readonly #maxima = new Map<ReferenceMode, ReadonlyMap<string, LayerMaxima>>()
  readonly skipped: SkippedSample[] = []
  readonly #seen = new Set<number>()

  constructor({ modes, layers, top_k: topK, statistics }: CollectTask) {
    for (const mode of modes) {
      const maxima = layers.map(
        ({ name, concepts }) => [name, new LayerMaxima(concepts, { topK, statistics })] as const,
      )
      this.#maxima.set(mode, new Map(maxima))
    }
  }

  /** Takes in the outputs of a batch. */
  take({ rows }: RowBatch, context: BatchContext, outputs: Parameters<typeof targetOf>[3]): void {
    for (const [i, row] of rows.entries()) {
      const target = targetOf(row, i, context, outputs)
      this.#seen.add(row.sample)
      for (const { mode, layer, values, neurons } of sampledLayers(row, i, context, outputs)) {
        this.#maxima.get(mode)?.get(layer)?.offer(target, { sample: row.sample, values, neurons })
      }
    }
  }

  result(): CollectedShard {
    const ranked = [...this.#maxima].map(
      ([mode, layers]) =>
        [mode, new Map([...layers].map(([layer, maxima]) => [layer, maxima.ranked()]))] as const,
    )
    const skipped = this.skipped.sort((a, b) => a.index - b.index)
    return { maxima: Object.fromEntries(ranked), samples: this.#seen.size, skipped }
  }
}

/** Reads samples; those that are bad are noted, up to a number of them. */
function sampleLoader(
  set: SampleSet,
  record: ModelRecord,
  { tools, config, datasets }: Workshop,
  options: CollectOptions,
  skipped: SkippedSample[],
) {
  const { signal, onSkipped } = options
  const source = { tools, config, record, datasets, pictures: false, work: { signal } }
  return async (index: number): Promise<LoadedSample | null> => {
    try {
      const [sample] = await loadInput(await set.read(index, signal), source, '')
      return sample!
    } catch (error) {
      const { code, message } = error as { readonly code: string; readonly message: string }
      if (!isSampleFault(error) || onSkipped === undefined) throw error
      skipped.push(skippedSample(set, index, { code, message }))
      onSkipped(skipped)
      return null
    }
  }
}

const samplingSpec = (task: CollectTask, record: ModelRecord): SamplingSpec => ({
  kind: 'sampling',
  start: startOf(record),
  composite: compositeSpec(task.composite),
  predicted: task.targets === 'predicted',
  maxTarget: task.max_target,
  relevance: task.modes.includes('relevance') ? task.layers.map(({ name }) => name) : [],
  activation: task.modes.includes('activation') ? task.layers.map(({ name }) => name) : [],
})

/** The model that a collection is about, and what it is computed with. */
export interface CollectContext {
  readonly record: ModelRecord
  /** Folder of the model's content. */
  readonly content: string
  readonly shop: Workshop
}

/**
 * Finds what a request names and compiles its plan, so that everything that is wrong with it shows.
 * @throws ProblemError with pointers into the request
 */
export async function resolvedTask(
  request: CollectRequest,
  { record, content, shop: { catalogue } }: CollectContext,
): Promise<CollectTask> {
  const merges = mergesBatchNorm(compositeSpec(request.composite))
  const preparation = preparationOf(record, content, merges, record.inspection.nominalSize)
  const description = await catalogue.describe(preparation, startOf(record))
  const task = resolveCollection(request, description, record.sha256)
  await catalogue.sampling(preparation, samplingSpec(task, record))
  return task
}

/** The collection of one shard. */
class ShardRun {
  readonly #task: CollectTask
  readonly #context: CollectContext
  readonly #options: CollectOptions
  readonly #spec: SamplingSpec
  readonly #collection: Collection
  #done = 0
  #failed = false

  constructor(task: CollectTask, context: CollectContext, options: CollectOptions) {
    this.#task = task
    this.#context = context
    this.#options = options
    this.#spec = samplingSpec(task, context.record)
    this.#collection = new Collection(task)
  }

  async run(set: SampleSet, range: SampleRange): Promise<CollectedShard> {
    const { record, shop } = this.#context
    const most = await this.#rowsPerBatch()
    const batches = new Ahead(
      rowBatches({
        set,
        range,
        targets: this.#task.targets,
        readers: toolProcesses,
        load: sampleLoader(set, record, shop, this.#options, this.#collection.skipped),
        most,
      }),
      shop.config.engineProcesses + 1,
    )
    try {
      await all(shop.config.engineProcesses, () => this.#work(batches))
    } finally {
      await batches.close()
    }
    return this.#collection.result()
  }

  /** One engine process after the other gets a batch as soon as it is free; what it gave is ranked while it computes the next. */
  async #work(batches: Ahead<RowBatch>): Promise<void> {
    let rank = () => {}
    try {
      for (let batch = await batches.take(); batch !== null && !this.#failed; batch = await batches.take()) {
        await this.#options.between?.()
        const [take] = await Promise.all([this.#compute(batch), immediate().then(rank)])
        const { done } = batch
        rank = () => {
          take()
          this.#done += done
          this.#options.progress?.(this.#done)
        }
      }
      rank()
    } catch (error) {
      // What others would compute now is computed again by the retry.
      this.#failed = true
      throw error
    }
  }

  /** Computes a batch; the answer ranks what it gave. */
  async #compute(batch: RowBatch): Promise<() => void> {
    if (batch.rows.length === 0) return () => {}
    const { runtime, catalogue } = this.#context.shop
    const preparation = this.#preparation(batch.rows[0]!.sizes)
    const plan = await catalogue.sampling(preparation, this.#spec)
    const { startSizes } = await catalogue.describe(preparation, this.#spec.start)
    const { max_target: maxTarget, abs_norm: absNorm } = this.#task
    const context: BatchContext = { plan, scoreSizes: startSizes, maxTarget, absNorm }
    const step = {
      model: plan.parts[0]!.path,
      feeds: batchInputs(batch.rows, context, this.#takesSeveral ? leastRows : 1),
      fetch: batchOutputs(plan),
    }
    const { outputs } = await runtime.execute([step], { signal: this.#options.signal })
    return () => this.#collection.take(batch, context, outputs[0]!)
  }

  get #takesSeveral(): boolean {
    return takesSeveralSamples(this.#context.record)
  }

  #preparation(sizes: readonly number[] | null) {
    const { record, content } = this.#context
    return preparationOf(record, content, mergesBatchNorm(this.#spec.composite), sizes)
  }

  async #rowsPerBatch(): Promise<number> {
    if (!this.#takesSeveral) return 1
    const { batch } = this.#options
    if (batch !== undefined) return batch
    const { nominalSize } = this.#context.record.inspection
    const { catalogue } = this.#context.shop
    return rowsPerBatch(await catalogue.describe(this.#preparation(nominalSize), this.#spec.start))
  }
}

/** Does work several times over at once; rejects with the first failure once all have ended. */
async function all(times: number, work: () => Promise<void>): Promise<void> {
  const ends = await Promise.allSettled(Array.from({ length: times }, work))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/**
 * Collects the best samples of every channel of the chosen layers over a range of a data set: forward and backward from the
 * target of every sample, all layers at once. Samples of the next batches are read and decoded while one is computed. The
 * result depends on nothing but the task, the data set and the range; on the CPU provider to the bit.
 * @throws ProblemError with the codes of samples once too many of them are bad; errors of the runtime
 */
export const collect = (
  task: CollectTask,
  set: SampleSet,
  range: SampleRange,
  context: CollectContext,
  options: CollectOptions,
): Promise<CollectedShard> => new ShardRun(task, context, options).run(set, range)
