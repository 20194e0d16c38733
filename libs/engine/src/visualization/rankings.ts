import {
  type CollectedLayer,
  type FeatureVisualizationManifest,
  ProblemError,
  problemAt,
  queryPointer,
  type ReferenceMode,
} from '@crp-serve/contracts'
import { type NpyArray, type ObjectStore, readNpy } from '@crp-serve/storage'
import { maximaPath, type RankingPart, runPrefix, statisticsPath } from './layout.ts'

/** The best samples of every channel of a layer; arrays are [rows, channels], row-major, the highest value first. */
export interface Ranking {
  readonly rows: number
  readonly channels: number
  /** Data-set indices. */
  readonly samples: BigInt64Array
  readonly values: Float32Array
  /** Flat positions behind the channel axis. */
  readonly neurons: BigInt64Array
}

/** One sample of a ranking. */
export interface RankedSample {
  readonly rank: number
  readonly sample: number
  readonly value: number
  readonly neuron: number
}

/** Which ranking of a run: of all samples, or of those of one class. */
export interface RankingName {
  readonly mode: ReferenceMode
  readonly layer: CollectedLayer
  readonly target: number | null
}

/** @throws ProblemError `mode-not-collected`, `target-not-collected` */
export function checkCollected(
  { id, modes, statistics }: FeatureVisualizationManifest,
  { mode, target }: Pick<RankingName, 'mode' | 'target'>,
): void {
  if (!modes.includes(mode)) {
    const detail = `the feature visualization ${id} did not collect ${mode}; it has ${modes.join(', ')}`
    throw problemAt('mode-not-collected', queryPointer('mode'), detail, modes)
  }
  if (target === null || statistics[mode]?.includes(target)) return
  const { code, errors, message } = problemAt(
    'target-not-collected',
    queryPointer('target'),
    `the feature visualization ${id} has no samples of the class ${target} in the statistics of ${mode}`,
  )
  throw new ProblemError(code, message, { errors, details: { targets: statistics[mode] ?? [] } })
}

const pathOf = (
  manifest: FeatureVisualizationManifest,
  { mode, layer, target }: RankingName,
  part: RankingPart,
): string =>
  target === null
    ? maximaPath(mode, manifest, layer.name, part)
    : statisticsPath(mode, manifest, layer.name, target, part)

/**
 * Reads one array of a ranking.
 * @throws ProblemError `feature-visualization-invalid` where it is not [rows, channels] of the layer
 */
export async function readPart(
  store: ObjectStore,
  manifest: FeatureVisualizationManifest,
  name: RankingName,
  part: RankingPart,
): Promise<NpyArray> {
  const path = pathOf(manifest, name, part)
  const array = readNpy(await store.get(`${runPrefix(manifest.id)}${path}`))
  const type = part === 'rel' ? 'float32' : 'int64'
  if (array.type === type && array.shape.length === 2 && array.shape[1] === name.layer.concepts) return array
  throw new ProblemError(
    'feature-visualization-invalid',
    `${path} is ${array.type} of [${array.shape}]; it must be ${type} of [rows, ${name.layer.concepts}].`,
  )
}

/** Reads a ranking of a run. @throws ProblemError as `readPart` */
export async function readRanking(
  store: ObjectStore,
  manifest: FeatureVisualizationManifest,
  name: RankingName,
): Promise<Ranking> {
  const [data, rel, rf] = await Promise.all(
    (['data', 'rel', 'rf'] as const).map((part) => readPart(store, manifest, name, part)),
  )
  const [rows, channels] = rel!.shape as [number, number]
  return {
    rows,
    channels,
    samples: data!.data as BigInt64Array,
    values: rel!.data as Float32Array,
    neurons: rf!.data as BigInt64Array,
  }
}

/** The samples of one channel on given ranks, half-open; fewer where there are not as many. */
export function ranked(
  { rows, channels, samples, values, neurons }: Ranking,
  channel: number,
  [from, to]: readonly [number, number],
): RankedSample[] {
  return Array.from({ length: Math.max(0, Math.min(rows, to) - from) }, (_, i) => {
    const at = (from + i) * channels + channel
    return {
      rank: from + i,
      sample: Number(samples[at]),
      value: values[at]!,
      neuron: Number(neurons[at]),
    }
  })
}
