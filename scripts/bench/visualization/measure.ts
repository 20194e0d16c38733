import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { python } from '../../verify-peer/environment.ts'
import type { PeerWork } from '../cases.ts'
import { threads, type Workplace } from '../engine-side.ts'
import { type JobStack, startJobStack } from '../job-stack.ts'
import { inTurns, median, ratio } from '../measure.ts'
import { peakOf, proportionalSet, residentSet } from '../memory.ts'
import { type Peer, startPeer } from '../peer/process.ts'
import { convolutionsOf, imagesOf, rangeOf, type VisualizationCase } from './cases.ts'
import { type Agreement, compareRuns } from './compare.ts'

/** One line of the table of feature visualizations beside the peer. */
export interface VisualizationLine {
  readonly case: string
  readonly images: number
  readonly engine_images_per_second: number
  readonly peer_images_per_second: number
  /** Median of the ratios of pairs. */
  readonly speedup: number
  readonly target_speedup: number
  readonly engine_mb: number
  /** The job worker and all its processes, the engine's among them. */
  readonly worker_mb: number
  readonly peer_mb: number
  /** Share of the ranks that hold the same sample; the others are ties. */
  readonly same_ranks: number
  /** Largest difference of the values over the largest value of their layer. */
  readonly difference: number
  readonly rounds: number
}

/** Residual networks in float32 are up to 3e-3 of the largest value from float64, on either side. */
const tolerance = 5e-3

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)

/** Both sides, set up for one case. */
interface Sides {
  readonly ours: (round: number) => Promise<number>
  readonly theirs: (round: number) => Promise<number>
  /** How far the two runs of a round are apart. */
  readonly apart: (round: number) => Promise<Agreement>
}

async function sidesOf(
  one: VisualizationCase,
  place: Workplace,
  stack: JobStack,
  peer: Peer,
): Promise<Sides> {
  const dataset = `pictures-${one.model}`
  const pictures = join(place.folder, dataset)
  const script = new URL('../peer/pictures.py', import.meta.url).pathname
  await promisify(execFile)(python, [script, pictures, String(imagesOf(one))])
  await stack.addDataset(dataset, pictures)
  const layers = convolutionsOf(place.models.get(one.model)!)
  const path = join(place.folder, `peer-${one.model}`)
  const work: PeerWork = {
    work: 'feature_visualization',
    images: one.images,
    batch: one.peerBatch,
    pictures,
    path,
    layers,
  }
  const folders = new Map<number, string>()
  return {
    async ours(round) {
      const run = await stack.run({ model: one.model, dataset, layers, range: rangeOf(one, round) })
      folders.set(round, run.folder)
      return run.ms
    },
    theirs: (round) => peer.work(work, round),
    apart: (round) => compareRuns(folders.get(round)!, `${path}-${round}`, tolerance),
  }
}

async function measure(
  one: VisualizationCase,
  { ours, theirs, apart }: Sides,
  stack: JobStack,
  peer: Peer,
): Promise<VisualizationLine> {
  const times = await inTurns(
    [
      { name: 'ours', run: ours, tells: true },
      { name: 'theirs', run: theirs, tells: true },
    ],
    one.rounds,
  )
  const [own, other] = [times.get('ours')!, times.get('theirs')!]
  const { sameRanks, difference } = await apart(1)
  const last = one.rounds + 2
  const memory = await peakOf(
    () => stack.memory(proportionalSet),
    () => ours(last),
  )
  const { peer: peerBytes } = await peakOf(
    () => ({ peer: residentSet(peer.pid) }),
    () => theirs(last),
  )
  const perSecond = (all: readonly number[]) => (1000 * one.images) / median(all)
  return {
    case: one.name,
    images: one.images,
    engine_images_per_second: perSecond(own),
    peer_images_per_second: perSecond(other),
    speedup: ratio(other, own),
    target_speedup: one.targetSpeedup,
    engine_mb: megabytes(memory.engine),
    worker_mb: megabytes(memory.whole),
    peer_mb: megabytes(peerBytes),
    same_ranks: sameRanks,
    difference,
    rounds: one.rounds,
  }
}

/** Measures a case with processes of its own: the whole product, from the request to the files, and the peer. */
export async function measureVisualization(
  one: VisualizationCase,
  place: Workplace,
): Promise<VisualizationLine> {
  // The peer does not stand back behind other processes either.
  const env = { DATASET_ROOTS: place.folder, ENGINE_THREADS: String(threads), JOB_NICE: '0' }
  const stack = await startJobStack(place.folder, env)
  const peer = await startPeer(one.model, join(place.folder, 'weights', one.model), threads)
  try {
    await stack.scale(1)
    return await measure(one, await sidesOf(one, place, stack, peer), stack, peer)
  } finally {
    await peer.stop()
    await stack.stop()
  }
}
