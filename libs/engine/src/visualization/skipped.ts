import { type FeatureVisualizationTask, ProblemError, type SkippedSample } from '@crp-serve/contracts'

/** Skipped samples that an error lists. */
const listedSamples = 20

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
