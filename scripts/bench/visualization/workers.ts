import { join } from 'node:path'
import type { BenchModel } from '../cases.ts'
import type { Workplace } from '../engine-side.ts'
import { type JobStack, startJobStack } from '../job-stack.ts'
import { inTurns, median, ratio } from '../measure.ts'
import { convolutionsOf } from './cases.ts'
import { writePictures } from './pictures.ts'

/** The same feature visualization by one job worker and by two. */
export interface WorkersCase {
  readonly name: string
  readonly model: BenchModel
  /** Images of every run: some shards for each worker. */
  readonly images: number
  /** Runs that are timed on each side, after one that is not. */
  readonly rounds: number
}

export const workersCases: readonly WorkersCase[] = [
  { name: 'VGG16, feature visualization, two job workers', model: 'vgg16', images: 64, rounds: 3 },
]

/** One line of the table of job workers. */
export interface WorkersLine {
  readonly case: string
  readonly images: number
  readonly one_images_per_second: number
  readonly two_images_per_second: number
  /** Median of the ratios of pairs, one worker over two. */
  readonly speedup: number
  readonly rounds: number
}

/** Images of a run that gives each of two workers a shard: as few as a shard has. */
const warmImages = 32

/** A run over the first images that no run before was: runs with the same content are one. */
function fresh(one: WorkersCase, layers: readonly string[], stack: JobStack) {
  let runs = 0
  return async (images: number): Promise<number> => {
    const request = { model: one.model, dataset: 'pictures', layers, range: [0, images] as const }
    return (await stack.run({ ...request, top_k: 40 + runs++ })).ms
  }
}

/**
 * Measures a case. The first worker stays; the second is started for every run of two, and does a part of a run that does not
 * count before: it has what the first has by then.
 */
async function measure(one: WorkersCase, place: Workplace, stack: JobStack): Promise<WorkersLine> {
  const pictures = join(place.folder, 'pictures')
  await writePictures(pictures, Math.max(one.images, warmImages))
  await stack.addDataset('pictures', pictures)
  const run = fresh(one, convolutionsOf(place.models.get(one.model)!), stack)
  const by = (workers: number) => async () => {
    await stack.scale(workers)
    if (workers > 1) await run(warmImages)
    return await run(one.images)
  }
  const times = await inTurns(
    [
      { name: 'one', run: by(1), tells: true },
      { name: 'two', run: by(2), tells: true },
    ],
    one.rounds,
  )
  const [alone, together] = [times.get('one')!, times.get('two')!]
  const perSecond = (all: readonly number[]) => (1000 * one.images) / median(all)
  return {
    case: one.name,
    images: one.images,
    one_images_per_second: perSecond(alone),
    two_images_per_second: perSecond(together),
    speedup: ratio(alone, together),
    rounds: one.rounds,
  }
}

/** Measures a case with processes of its own: the whole product, each job worker with one thread. */
export async function measureWorkers(one: WorkersCase, place: Workplace): Promise<WorkersLine> {
  const env = { DATASET_ROOTS: place.folder, ENGINE_THREADS: '1', JOB_NICE: '0' }
  const stack = await startJobStack(place.folder, env)
  try {
    return await measure(one, place, stack)
  } finally {
    await stack.stop()
  }
}
