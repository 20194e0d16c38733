import type { CollectedTargets, SkippedSample } from '@crp-serve/contracts'
import type { Targets } from '@crp-serve/crp'
import { mapConcurrently } from '../attribution/concurrently.ts'
import type { LoadedSample } from '../attribution/samples.ts'
import type { SampleRange, SampleSet } from './sample-set.ts'

/** One pass of one sample. */
export interface CollectRow extends Pick<LoadedSample, 'sizes' | 'values'> {
  /** Data-set index. */
  readonly sample: number
  readonly target: Exclude<Targets, null>
  /** Whether it is the sample's first pass; activations are the same in all of them. */
  readonly first: boolean
}

/** Rows that run together: their samples have the same sizes. */
export interface RowBatch {
  readonly rows: readonly CollectRow[]
  /** Samples that are done with this batch, skipped ones among them. */
  readonly done: number
}

/** What a data set's samples become rows with. */
export interface RowSource {
  readonly set: SampleSet
  readonly range: SampleRange
  readonly targets: CollectedTargets
  /** Samples that are read and decoded at the same time. */
  readonly readers: number
  /** Reads and decodes a sample; null where it is to be skipped. */
  readonly load: (index: number) => Promise<LoadedSample | null>
  /** Rows of a batch, at most. */
  readonly most: number
}

/** The targets of a sample, one pass for each (zennit-crp's `multitarget_to_single`). */
export function targetsOf(targets: CollectedTargets, labels: readonly number[]): CollectRow['target'][] {
  if (targets === 'predicted') return ['predicted']
  return (targets === 'label' ? labels : targets).map((target) => [target])
}

/** The rows of the samples of a range in their order; nothing is read of a sample without targets. */
async function* rowsOf(source: RowSource): AsyncGenerator<{ rows: CollectRow[]; done: number }, void> {
  const { set, range, targets, readers, load } = source
  for (let from = range.from; from < range.to; from += readers) {
    const count = Math.min(readers, range.to - from)
    const indices = Array.from({ length: count }, (_, i) => from + i)
    const loaded = await mapConcurrently(indices, readers, async (index) => {
      const passes = targetsOf(targets, set.labels(index))
      return { index, passes, sample: passes.length > 0 ? await load(index) : null }
    })
    const rows = loaded.flatMap(({ index, passes, sample }) =>
      sample === null
        ? []
        : passes.map((target, i) => ({
            sample: index,
            target,
            first: i === 0,
            sizes: sample.sizes,
            values: sample.values,
          })),
    )
    yield { rows, done: count }
  }
}

/** Rows of a range, where all of its samples can be read. */
function rowsIn({ set, range, targets }: RowSource): number {
  let rows = 0
  for (let index = range.from; index < range.to; index++) rows += targetsOf(targets, set.labels(index)).length
  return rows
}

/**
 * Cuts the samples of a range into batches of rows. Samples of another size begin another batch. The batches are about as large
 * as each other: a row of a small one takes longer.
 */
export async function* rowBatches(source: RowSource): AsyncGenerator<RowBatch, void> {
  let left = rowsIn(source)
  let waiting: CollectRow[] = []
  let done = 0
  const cut = (count: number): RowBatch => {
    const batch = { rows: waiting.slice(0, count), done }
    waiting = waiting.slice(count)
    left -= count
    done = 0
    return batch
  }
  for await (const next of rowsOf(source)) {
    done += next.done
    for (const row of next.rows) {
      if (waiting[0] && waiting[0].sizes.join() !== row.sizes.join()) yield cut(waiting.length)
      waiting.push(row)
      if (waiting.length >= left / Math.ceil(left / source.most)) yield cut(waiting.length)
    }
  }
  if (waiting.length > 0 || done > 0) yield cut(waiting.length)
}

/** A sample that could not be read, for the manifest. */
export const skippedSample = (
  set: SampleSet,
  index: number,
  { code, message }: { readonly code: string; readonly message: string },
): SkippedSample => {
  const path = set.path(index)
  return { index, ...(path === undefined ? {} : { path }), code, detail: message }
}
