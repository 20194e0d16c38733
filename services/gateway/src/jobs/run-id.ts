import { createHash } from 'node:crypto'
import type { FeatureVisualizationTask } from '@crp-serve/contracts'

/** JSON with sorted keys: equal values give equal texts. */
const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )

/** The id of the run of a task: a hash of everything that its result depends on, so that the same content is the same job. */
export const runIdOf = (task: FeatureVisualizationTask): string =>
  createHash('sha256').update(canonicalJson(task)).digest('hex').slice(0, 32)
