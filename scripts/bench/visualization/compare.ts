import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readNpy } from '@crp-serve/storage'

/** How far two runs are apart. */
export interface Agreement {
  /** Share of the ranks of all concepts that hold the same sample. */
  readonly sameRanks: number
  /** Largest difference of values over the largest value of their layer. */
  readonly difference: number
}

interface Ranking {
  readonly samples: readonly number[]
  readonly values: readonly number[]
  readonly channels: number
}

const numbers = async (path: string): Promise<number[]> =>
  Array.from(readNpy(await readFile(path)).data as ArrayLike<number | bigint>, Number)

async function readRanking(prefix: string): Promise<Ranking> {
  const [channels] = readNpy(await readFile(`${prefix}data.npy`)).shape.slice(-1)
  const [samples, values] = [await numbers(`${prefix}data.npy`), await numbers(`${prefix}rel.npy`)]
  return { samples, values, channels: channels! }
}

/** The value of a sample for a concept; throws where the ranking does not have it. */
function valueIn({ samples, values, channels }: Ranking, sample: number, channel: number): number {
  for (let at = channel; at < samples.length; at += channels) {
    if (samples[at] === sample) return values[at]!
  }
  throw new Error(`sample ${sample} is not among those of channel ${channel}`)
}

/**
 * Compares two rankings of the same samples. Where ranks differ, the peer's values of the two samples must be as close as
 * rounding makes them.
 */
function compareRankings(ours: Ranking, theirs: Ranking, tolerance: number): Agreement {
  if (ours.samples.length !== theirs.samples.length) throw new Error('rankings of different length')
  const largest = Math.max(...theirs.values.map(Math.abs))
  let [same, apart] = [0, 0]
  for (const [at, sample] of ours.samples.entries()) {
    apart = Math.max(apart, Math.abs(ours.values[at]! - theirs.values[at]!))
    if (sample === theirs.samples[at]) same++
    else {
      const gap = Math.abs(valueIn(theirs, sample, at % theirs.channels) - theirs.values[at]!)
      if (gap > tolerance * largest) throw new Error(`rank ${at}: sample ${sample} is ${gap / largest} off`)
    }
  }
  return { sameRanks: same / ours.samples.length, difference: apart / largest }
}

/** Every array of a folder and below, by its path. */
const arraysIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.npy')).sort()

/**
 * Compares a run of ours with one of zennit-crp: the same files, and the same samples in each ranking but for ties.
 * @param tolerance of values, in units of the largest value of a layer
 * @throws Error that says what is not the same
 */
export async function compareRuns(ours: string, theirs: string, tolerance: number): Promise<Agreement> {
  const paths = await arraysIn(theirs)
  const others = await arraysIn(ours)
  if (paths.join() !== others.join())
    throw new Error(`${others.length} arrays, but ${paths.length} of the peer`)
  const shares: number[] = []
  let difference = 0
  for (const path of paths.filter((path) => path.endsWith('_data.npy'))) {
    const prefix = path.slice(0, -'data.npy'.length)
    const [own, other] = await Promise.all([ours, theirs].map((folder) => readRanking(join(folder, prefix))))
    const found = compareRankings(own!, other!, tolerance)
    if (found.difference > tolerance)
      throw new Error(`${path}: values ${found.difference} apart, more than ${tolerance}`)
    shares.push(found.sameRanks)
    difference = Math.max(difference, found.difference)
  }
  return { sameRanks: shares.reduce((sum, share) => sum + share, 0) / shares.length, difference }
}
