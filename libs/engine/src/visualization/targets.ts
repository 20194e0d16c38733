import type { FeatureVisualizationManifest } from '@crp-serve/contracts'
import type { HeatmapStart } from './heatmaps.ts'
import { type RankedSample, readRanking } from './rankings.ts'
import type { Runs } from './runs.ts'
import type { RankedLayer, Subject } from './subject.ts'

/** The classes that a sample may have been ranked for. */
function candidates(
  { items }: Subject,
  targets: FeatureVisualizationManifest['targets'],
  sample: number,
): readonly number[] | 'predicted' {
  if (targets !== 'label') return targets
  const labels = items.labels(sample)
  return labels.length === 0 ? 'predicted' : labels
}

/**
 * The class among several that a sample was ranked for: the statistics have the same value for it. null where none has,
 * or there are no statistics.
 */
async function rankedFor(
  { store }: Runs,
  { manifest }: Subject,
  { layer, mode }: RankedLayer,
  channel: number,
  { sample, value }: RankedSample,
  classes: readonly number[],
): Promise<number | null> {
  const known = classes.filter((target) => manifest.statistics[mode]?.includes(target))
  for (const target of known) {
    const { rows, channels, samples, values } = await readRanking(store, manifest, { layer, mode, target })
    for (let row = 0; row < rows; row++) {
      const at = row * channels + channel
      if (Number(samples[at]) === sample && values[at] === value) return target
    }
  }
  return null
}

/**
 * The class at which the relevance of a reference starts: the one that it was ranked for. Where a sample has several and
 * nothing tells which (activations, runs without statistics), all of them; where it has none, the predicted one.
 */
export async function startOf(
  runs: Runs,
  subject: Subject,
  ranking: RankedLayer,
  channel: number,
  ranked: RankedSample,
): Promise<HeatmapStart> {
  if (ranking.target !== null) return { classes: [ranking.target] }
  const classes = candidates(subject, subject.manifest.targets, ranked.sample)
  if (classes === 'predicted' || classes.length === 1 || ranking.mode === 'activation') return { classes }
  const one = await rankedFor(runs, subject, ranking, channel, ranked, classes)
  return { classes: one === null ? classes : [one] }
}
