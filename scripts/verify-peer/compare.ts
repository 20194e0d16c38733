import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readNumpy } from '../../test/support/numpy.ts'
import { median, type RelativeError, relativeError, rowsOf } from './errors.ts'
import type { Explainer } from './explainer.ts'
import { exporters } from './models.ts'

/** What the peer's program notes beside its arrays. */
interface Facts {
  readonly targets: readonly number[]
  readonly size: number
}

/** The errors of one side over the inputs, relative to the largest relevance of each. */
export interface Errors {
  /** Median of what 99 of 100 values stay below. */
  readonly bulk: number
  /** Median of the largest ones. */
  readonly largest: number
  /** The largest of all inputs. */
  readonly worst: number
  /** Inputs whose largest error is that of a single event of rounding. */
  readonly events: number
}

/** From here on the largest error of an input counts as a single event of rounding (table.ts says of which kinds). */
export const eventError = 1e-4

/** One line of the table. */
export interface Line {
  readonly model: string
  readonly exporter: string
  readonly size: number
  readonly inputs: number
  readonly ours: Errors
  readonly peer: Errors
  /** Median over the inputs of ours over the peer's, of what 99 of 100 values stay below. */
  readonly ratio: number
  /** The peer's largest error with the first weights, those of the second table. */
  readonly noise: number
}

/** Ours may be this many times as far from float64 as the peer's float32. */
export const bound = 2

/**
 * Inputs that a verdict needs. A sum of a residual block that comes to rest within some epsilon of zero decides the error
 * of a whole input, on either side (table.ts says how that was seen), and a median over few inputs may hit it.
 */
export const leastInputs = 8

/** By the largest errors; what 99 of 100 values stay below is there to tell single events from the rest. */
export const passes = ({ ours, peer }: Line): boolean => ours.largest <= bound * peer.largest

const spread = (errors: readonly RelativeError[]): Errors => {
  const largest = errors.map((error) => error.largest)
  return {
    bulk: median(errors.map(({ bulk }) => bulk)),
    largest: median(largest),
    worst: Math.max(...largest),
    events: largest.filter((error) => error > eventError).length,
  }
}

/** What one folder of the peer gives: its errors, and ours from each exporter, input by input. */
interface Sample {
  readonly size: number
  readonly theirs: readonly RelativeError[]
  readonly ours: Readonly<Record<string, readonly RelativeError[]>>
}

/** Explains the models of one folder here and compares with what zennit computed. */
async function sampleOf(explainer: Explainer, folder: string): Promise<Sample> {
  const { targets, size } = JSON.parse(await readFile(join(folder, 'facts.json'), 'utf8')) as Facts
  const read = (name: string) => readNumpy(join(folder, `${name}.npy`))
  const exact = rowsOf(read('float64').data, targets.length)
  const errorsOf = (rows: readonly ArrayLike<number>[]) => rows.map((row, i) => relativeError(exact[i]!, row))
  const ours: Record<string, readonly RelativeError[]> = {}
  for (const [exporter, file] of Object.entries(exporters)) {
    const name = await explainer.register(join(folder, file))
    const rows = await explainer.explain(name, read('input'), targets, 'epsilon_plus_flat')
    ours[exporter] = errorsOf(rows.map(({ relevance }) => relevance))
  }
  return { size, theirs: errorsOf(rowsOf(read('float32').data, targets.length)), ours }
}

/** A line for each exporter; the inputs of all folders, which hold the model with other weights, count together. */
export async function comparedWithPeer(
  explainer: Explainer,
  model: string,
  folders: readonly string[],
): Promise<readonly Line[]> {
  const samples: Sample[] = []
  for (const folder of folders) samples.push(await sampleOf(explainer, folder))
  const theirs = samples.flatMap((sample) => sample.theirs)
  const noise = spread(samples[0]!.theirs).worst
  return Object.keys(exporters).map((exporter): Line => {
    const own = samples.flatMap(({ ours }) => ours[exporter]!)
    const ratio = median(own.map(({ bulk }, i) => bulk / theirs[i]!.bulk))
    const { size } = samples[0]!
    const errors = { ours: spread(own), peer: spread(theirs), ratio, noise }
    return { model, exporter, size, inputs: own.length, ...errors }
  })
}
