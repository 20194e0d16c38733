import { jobHandler, taskHandler } from './entry.ts'

const absent = async (): Promise<never> => {
  throw new Error('feature visualization is not implemented yet')
}

/** A run of feature visualization. No route submits one yet. */
export const featureVisualization = jobHandler('feature-visualization', () => absent)

/** A part of a run. */
export const shard = taskHandler('feature-visualization-shard', () => absent)

/** Pictures of a run. */
export const references = taskHandler('feature-visualization-references', () => absent)
