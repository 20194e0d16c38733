import type { FeatureVisualizationManifest, ReferenceMode } from '@crp-serve/contracts'
import { keySegment } from '@crp-serve/storage'

/** What decides the names of the folders of a run. */
export type LayoutOptions = Pick<FeatureVisualizationManifest, 'max_target' | 'abs_norm'>

/** The three arrays of a ranking, each [rank, channel]: data-set indices (int64), values (float32), flat neurons (int64). */
export const rankingParts = ['data', 'rel', 'rf'] as const
export type RankingPart = (typeof rankingParts)[number]

/** Where the runs lie in the object store. */
export const runsPrefix = 'feature-visualizations/'

/** The folder of a run, with a slash at its end. */
export const runPrefix = (id: string): string => `${runsPrefix}${keySegment(id)}/`

const variant = ({ max_target, abs_norm }: LayoutOptions): string =>
  `${max_target}_${abs_norm ? 'normed' : 'unnormed'}`

const shortMode = (mode: ReferenceMode): string => (mode === 'relevance' ? 'Rel' : 'Act')

/** The folder of the maxima of a mode inside a run: `RelMax_sum_normed/`. */
export const maximaFolder = (mode: ReferenceMode, options: LayoutOptions): string =>
  `${shortMode(mode)}Max_${variant(options)}/`

/** The folder of the statistics of a mode inside a run: `RelStats_sum_normed/`. */
export const statisticsFolder = (mode: ReferenceMode, options: LayoutOptions): string =>
  `${shortMode(mode)}Stats_${variant(options)}/`

/**
 * The path of an array of a layer's maxima inside a run's folder (zennit-crp's `Maximization`):
 * `RelMax_sum_normed/features.0_data.npy`.
 */
export const maximaPath = (
  mode: ReferenceMode,
  options: LayoutOptions,
  layer: string,
  part: RankingPart,
): string => `${maximaFolder(mode, options)}${keySegment(`${layer}_${part}.npy`)}`

/**
 * The path of an array of a layer's maxima among the samples of one class (zennit-crp's `Statistics`):
 * `RelStats_sum_normed/features.0/3_data.npy`.
 */
export const statisticsPath = (
  mode: ReferenceMode,
  options: LayoutOptions,
  layer: string,
  target: number,
  part: RankingPart,
): string => `${statisticsFolder(mode, options)}${keySegment(layer)}/${target}_${part}.npy`

/** The path of the list of classes that have statistics: `RelStats_sum_normed/targets.npy`, strings as zennit-crp has them. */
export const targetsPath = (mode: ReferenceMode, options: LayoutOptions): string =>
  `${statisticsFolder(mode, options)}targets.npy`
