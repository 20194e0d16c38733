import type {
  FeatureVisualizationManifest,
  FeatureVisualizationTask,
  ReferenceMode,
} from '@crp-serve/contracts'
import { LayerMaxima, type RankedSamples } from '@crp-serve/crp'
import { type ObjectStore, writeNpyStrings } from '@crp-serve/storage'
import { mapConcurrently } from '../attribution/concurrently.ts'
import { maximaPath, runPrefix, statisticsPath, targetsPath } from './layout.ts'
import { rankingsAtOnce } from './merge-memory.ts'
import { filesOf, type Ranking, type RunFile } from './ranking-files.ts'
import { readMaxima, readShardIndex, type ShardIndex, shardsPrefix } from './shards.ts'
import { checkSkipped } from './skipped.ts'

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
  /** Bytes that the rankings of layers may take at once with their files, 256 MiB by default; one ranking at a time may take more. */
  readonly memoryBytes?: number
}

/** What of a manifest comes out of merging. */
export type Merged = Pick<FeatureVisualizationManifest, 'samples' | 'skipped' | 'statistics'>

/** Indices that are read at the same time. */
const readers = 8

/** Layers that are merged at the same time: one is computed while the files of another are written. */
const layersAtOnce = 2

/** Stands for the ranking over all classes. */
const everything = null

/** A class, or everything. */
type Wanted = number | typeof everything

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

const emptyLike = ({ channels }: RankedSamples): RankedSamples => ({
  ranks: 0,
  channels,
  values: new Float32Array(),
  samples: new Int32Array(),
  neurons: new Int32Array(),
})

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
    const { held, written } = rankingsAtOnce({ channels, topK: task.top_k }, memoryBytes / layersAtOnce)
    for (const some of chunks<Wanted>([everything, ...this.targets(mode)], held)) {
      const rankings = await this.#merged(mode, name, channels, new Set(some))
      for (const few of chunks(rankings, written)) await this.#put(few.flatMap(filesOf))
    }
  }

  /** Writes the list of classes beside their statistics. */
  async listTargets(mode: ReferenceMode): Promise<void> {
    const bytes = writeNpyStrings(this.targets(mode).map(String))
    await this.#put([[targetsPath(mode, this.#order.task), bytes]])
  }

  /** The rankings of a layer of some classes, and of everything where that is among them. */
  async #merged(
    mode: ReferenceMode,
    name: string,
    channels: number,
    wanted: ReadonlySet<Wanted>,
  ): Promise<Ranking[]> {
    const { task } = this.#order
    const maxima = new LayerMaxima(channels, { topK: task.top_k, statistics: task.statistics })
    for (const shard of this.#shards) {
      this.#options.signal?.throwIfAborted()
      const { all, byTarget } = await readMaxima(this.#store, shard, mode, name)
      maxima.add({
        all: wanted.has(everything) ? all : emptyLike(all),
        byTarget: new Map([...byTarget].filter(([target]) => wanted.has(target))),
      })
    }
    const { all, byTarget } = maxima.ranked()
    const whole: Ranking = [all, (part) => maximaPath(mode, task, name, part)]
    const statistics = [...byTarget].map(
      ([target, ranked]): Ranking => [ranked, (part) => statisticsPath(mode, task, name, target, part)],
    )
    return wanted.has(everything) ? [whole, ...statistics] : statistics
  }

  async #put(files: readonly RunFile[]): Promise<void> {
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
