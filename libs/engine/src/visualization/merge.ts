import {
  type FeatureVisualizationManifest,
  type FeatureVisualizationTask,
  ProblemError,
  type ReferenceMode,
  type SkippedSample,
} from '@crp-serve/contracts'
import { LayerMaxima, type RankedMaxima, type RankedSamples, TopSamples } from '@crp-serve/crp'
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
  /** Bytes that the maxima of the classes of layers may take at once, 256 MiB by default. */
  readonly memoryBytes?: number
}

/** What of a manifest comes out of merging. */
export type Merged = Pick<FeatureVisualizationManifest, 'samples' | 'skipped' | 'statistics'>

/** Indices that are read at the same time. */
const readers = 8

/** Layers that are merged at the same time: one is computed while the files of another are written. */
const layersAtOnce = 2

/** Rankings whose files are made at the same time. */
const writtenAtOnce = 8

/** Skipped samples that an error lists. */
const listedSamples = 20

type File = readonly [path: string, bytes: Uint8Array]

/** With the path of each of its arrays. */
type Ranking = readonly [ranked: RankedSamples, path: (part: RankingPart) => string]

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
  // A quotient is rounded as the share was read: 29 of 100 are 0.29, while 0.29 * 100 is less than 29.
  if (skipped.length / (to - from) <= max_skipped) return
  // They are read side by side; what is told does not depend on who comes first.
  const sorted = skipped.toSorted((a, b) => a.index - b.index)
  const [{ index, path = `sample ${index}`, detail }] = sorted as [SkippedSample]
  throw new ProblemError(
    'too-many-unreadable',
    `${skipped.length} of ${to - from} samples could not be read; at most a share of ${max_skipped} may be (max_skipped). The first is ${path}: ${detail}`,
    { details: { skipped: sorted.slice(0, listedSamples), count: skipped.length } },
  )
}

function arrayOf(
  { ranks, channels, values, samples, neurons }: RankedSamples,
  part: RankingPart,
): Uint8Array {
  const shape = [ranks, channels]
  if (part === 'rel') return writeNpy({ shape, data: values })
  return writeNpy({ shape, data: asInt64(part === 'data' ? samples : neurons) })
}

/** 32-bit integers as 64-bit ones, without a BigInt for each. The machine is little-endian (libs/storage). */
function asInt64(values: Int32Array): BigInt64Array {
  const wide = new BigInt64Array(values.length)
  const halves = new Int32Array(wide.buffer)
  for (let i = 0; i < values.length; i++) {
    halves[2 * i] = values[i]!
    halves[2 * i + 1] = values[i]! >> 31
  }
  return wide
}

const arrays = ([ranked, path]: Ranking): File[] =>
  rankingParts.map((part) => [path(part), arrayOf(ranked, part)])

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))

/** Merges shards layer by layer, so that the memory it takes depends on a few layers alone. */
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
    const most = Math.max(
      1,
      Math.floor(memoryBytes / (layersAtOnce * TopSamples.mostBytes(channels, task.top_k))),
    )
    const [first = [], ...rest] = chunks(this.targets(mode), most)
    const { all, byTarget } = await this.#merged(mode, name, channels, new Set(first))
    const whole: Ranking = [all, (part) => maximaPath(mode, task, name, part)]
    await this.#write([whole, ...this.#statistics(mode, name, byTarget)])
    for (const targets of rest) {
      const more = await this.#merged(mode, name, channels, new Set(targets))
      await this.#write(this.#statistics(mode, name, more.byTarget))
    }
  }

  /** Writes the list of classes beside their statistics. */
  async listTargets(mode: ReferenceMode): Promise<void> {
    const bytes = writeNpyStrings(this.targets(mode).map(String))
    await this.#put([[targetsPath(mode, this.#order.task), bytes]])
  }

  /** The maxima of a layer, of some classes only. */
  async #merged(mode: ReferenceMode, name: string, channels: number, targets: ReadonlySet<number>) {
    const { task } = this.#order
    const maxima = new LayerMaxima(channels, { topK: task.top_k, statistics: task.statistics })
    for (const shard of this.#shards) {
      this.#options.signal?.throwIfAborted()
      const { all, byTarget } = await readMaxima(this.#store, shard, mode, name)
      maxima.add({ all, byTarget: new Map([...byTarget].filter(([target]) => targets.has(target))) })
    }
    return maxima.ranked()
  }

  #statistics(mode: ReferenceMode, name: string, byTarget: RankedMaxima['byTarget']): Ranking[] {
    const { task } = this.#order
    return [...byTarget].map(([target, ranked]) => [
      ranked,
      (part) => statisticsPath(mode, task, name, target, part),
    ])
  }

  async #write(rankings: readonly Ranking[]): Promise<void> {
    for (const some of chunks(rankings, writtenAtOnce)) await this.#put(some.flatMap(arrays))
  }

  async #put(files: readonly File[]): Promise<void> {
    const prefix = runPrefix(this.#order.id)
    await this.#store.putAll(files.map(([path, bytes]) => [`${prefix}${path}`, bytes]))
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
  const shards = await mapConcurrently(order.shards, readers, (key) => readShardIndex(store, key))
  checkCover(shards, range)
  const skipped = shards.flatMap((shard) => shard.skipped).sort((a, b) => a.index - b.index)
  checkSkipped(skipped, order.task)
  const merge = new Merge(store, order, shards, options)
  let done = 0
  for (const mode of modes) {
    await mapConcurrently(layers, layersAtOnce, async ({ name, concepts }) => {
      await merge.layer(mode, name, concepts)
      options.progress?.(++done, modes.length * layers.length)
    })
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
