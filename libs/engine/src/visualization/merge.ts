import {
  type FeatureVisualizationManifest,
  type FeatureVisualizationTask,
  ProblemError,
  type ReferenceMode,
  type SkippedSample,
} from '@crp-serve/contracts'
import { LayerMaxima, type RankedMaxima, type RankedSamples } from '@crp-serve/crp'
import { type ObjectStore, writeNpy, writeNpyStrings } from '@crp-serve/storage'
import { mapConcurrently } from '../attribution/concurrently.ts'
import {
  maximaPath,
  type RankingPart,
  rankingParts,
  runPrefix,
  statisticsPath,
  targetsPath,
} from './layout.ts'
import { readMaxima, readShardIndex, type ShardIndex, shardsPrefix } from './shards.ts'

/** What is merged. */
export interface MergeOrder {
  /** Id of the run. */
  readonly id: string
  readonly task: Omit<FeatureVisualizationTask, 'composite'>
  /** Keys of the indices of the shards, in any order. */
  readonly shards: readonly string[]
}

/** How merging is done. */
export interface MergeOptions {
  readonly signal?: AbortSignal | undefined
  /** Told after every layer of every mode how many are merged, and of how many. */
  readonly progress?: (done: number, total: number) => void
  /** Bytes that the maxima of the classes of a layer may take at once, 256 MiB by default. */
  readonly memoryBytes?: number
}

/** What of a manifest comes out of merging. */
export type Merged = Pick<FeatureVisualizationManifest, 'samples' | 'skipped' | 'statistics'>

/** Objects that are written at the same time. */
const writers = 8

/** Skipped samples that an error lists. */
const listedSamples = 20

/** Bytes of one entry of `TopSamples`. */
const entryBytes = 12

type Put = readonly [path: string, bytes: Uint8Array]

/** @throws Error where the shards do not cover the range exactly */
function checkCover(shards: readonly ShardIndex[], [first, end]: readonly [number, number]): void {
  const sorted = [...shards].sort((a, b) => a.from - b.from)
  let at = first
  for (const { from, to } of sorted) {
    if (from !== at) throw new Error(`the shards of samples ${first} to ${end} do not meet at ${at}`)
    at = to
  }
  if (at !== end) throw new Error(`the shards of samples ${first} to ${end} end at ${at}`)
}

/**
 * More unreadable samples than the share of the samples that may be.
 * @throws ProblemError `too-many-unreadable` with the first of them
 */
export function checkSkipped(
  skipped: readonly SkippedSample[],
  { range: [from, to], max_skipped }: Pick<FeatureVisualizationTask, 'range' | 'max_skipped'>,
): void {
  if (skipped.length <= mostSkipped({ range: [from, to], max_skipped })) return
  // They are read side by side; what is told does not depend on who comes first.
  const sorted = skipped.toSorted((a, b) => a.index - b.index)
  const [{ index, path = `sample ${index}`, detail }] = sorted as [SkippedSample]
  throw new ProblemError(
    'too-many-unreadable',
    `${skipped.length} of ${to - from} samples could not be read; at most a share of ${max_skipped} may be (max_skipped). The first is ${path}: ${detail}`,
    { details: { skipped: sorted.slice(0, listedSamples), count: skipped.length } },
  )
}

/** Samples of a run that may be skipped. */
export const mostSkipped = ({
  range: [from, to],
  max_skipped,
}: Pick<FeatureVisualizationTask, 'range' | 'max_skipped'>): number => Math.floor(max_skipped * (to - from))

function arrayOf(
  { ranks, channels, values, samples, neurons }: RankedSamples,
  part: RankingPart,
): Uint8Array {
  const shape = [ranks, channels]
  if (part === 'rel') return writeNpy({ shape, data: values })
  return writeNpy({ shape, data: BigInt64Array.from(part === 'data' ? samples : neurons, BigInt) })
}

const arrays = (ranked: RankedSamples, path: (part: RankingPart) => string): Put[] =>
  rankingParts.map((part) => [path(part), arrayOf(ranked, part)] as const)

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))

/** Merges shards layer by layer, so that the memory it takes depends on one layer alone. */
class Merge {
  readonly #store: ObjectStore
  readonly #order: MergeOrder
  readonly #shards: readonly ShardIndex[]
  readonly #options: MergeOptions

  constructor(store: ObjectStore, order: MergeOrder, shards: readonly ShardIndex[], options: MergeOptions) {
    this.#store = store
    this.#order = order
    this.#shards = shards
    this.#options = options
  }

  /** Classes that have samples, ascending. */
  targets(mode: ReferenceMode): number[] {
    const found = new Set(this.#shards.flatMap(({ targets }) => targets[mode] ?? []))
    return [...found].sort((a, b) => a - b)
  }

  async layer(mode: ReferenceMode, name: string, channels: number): Promise<void> {
    const { task } = this.#order
    const { memoryBytes = 256 * 1024 ** 2 } = this.#options
    const most = Math.max(1, Math.floor(memoryBytes / (entryBytes * channels * task.top_k)))
    const [first = [], ...rest] = chunks(this.targets(mode), most)
    const merged = await this.#merged(mode, name, channels, new Set(first))
    await this.#write(arrays(merged.all, (part) => maximaPath(mode, task, name, part)))
    await this.#writeStatistics(mode, name, merged)
    for (const targets of rest) {
      await this.#writeStatistics(mode, name, await this.#merged(mode, name, channels, new Set(targets)))
    }
  }

  /** Writes the list of classes beside their statistics. */
  async listTargets(mode: ReferenceMode): Promise<void> {
    const bytes = writeNpyStrings(this.targets(mode).map(String))
    await this.#write([[targetsPath(mode, this.#order.task), bytes]])
  }

  /** The maxima of a layer, of some classes only. */
  async #merged(mode: ReferenceMode, name: string, channels: number, targets: ReadonlySet<number>) {
    const { id, task } = this.#order
    const maxima = new LayerMaxima(channels, { topK: task.top_k, statistics: task.statistics })
    for (const shard of this.#shards) {
      this.#options.signal?.throwIfAborted()
      const { all, byTarget } = await readMaxima(this.#store, id, shard, mode, name)
      maxima.add({ all, byTarget: new Map([...byTarget].filter(([target]) => targets.has(target))) })
    }
    return maxima.ranked()
  }

  async #writeStatistics(mode: ReferenceMode, name: string, { byTarget }: RankedMaxima): Promise<void> {
    for (const [target, ranked] of byTarget) {
      await this.#write(arrays(ranked, (part) => statisticsPath(mode, this.#order.task, name, target, part)))
    }
  }

  async #write(puts: readonly Put[]): Promise<void> {
    const prefix = runPrefix(this.#order.id)
    await mapConcurrently(puts, writers, ([path, bytes]) => this.#store.put(`${prefix}${path}`, bytes))
  }
}

/**
 * Merges the shards of a run into the files that zennit-crp has of one. They are the same to the byte however the samples
 * were cut into shards, and merging again writes them again.
 * @throws ProblemError `too-many-unreadable`
 */
export async function mergeShards(
  store: ObjectStore,
  order: MergeOrder,
  options: MergeOptions = {},
): Promise<Merged> {
  const { modes, layers, range, statistics } = order.task
  const shards = await mapConcurrently(order.shards, writers, (key) => readShardIndex(store, key))
  checkCover(shards, range)
  const skipped = shards.flatMap((shard) => shard.skipped).sort((a, b) => a.index - b.index)
  checkSkipped(skipped, order.task)
  const merge = new Merge(store, order, shards, options)
  let done = 0
  for (const mode of modes) {
    for (const { name, concepts } of layers) {
      await merge.layer(mode, name, concepts)
      options.progress?.(++done, modes.length * layers.length)
    }
    if (statistics) await merge.listTargets(mode)
  }
  return {
    samples: shards.reduce((sum, shard) => sum + shard.samples, 0),
    skipped,
    statistics: Object.fromEntries(statistics ? modes.map((mode) => [mode, merge.targets(mode)]) : []),
  }
}

/** Removes what only merging needs. */
export const removeShards = (store: ObjectStore, id: string): Promise<void> =>
  store.deleteBelow(shardsPrefix(id))
