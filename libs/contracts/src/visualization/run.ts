import { type Static, Type } from 'typebox'
import { Job } from '../jobs.ts'
import { FeatureVisualizationManifest } from './manifest.ts'
import type { FeatureVisualizationTask } from './request.ts'

/** A feature visualization: its job, and its manifest once it is finished. */
export const FeatureVisualization = Type.Object(
  {
    ...Job.properties,
    manifest: Type.Optional(FeatureVisualizationManifest),
  },
  { title: 'FeatureVisualization' },
)
export type FeatureVisualization = Static<typeof FeatureVisualization>

/** A page of feature visualizations, the newest first. */
export const FeatureVisualizationList = Type.Object(
  { feature_visualizations: Type.Array(Job), next_cursor: Type.Optional(Type.String()) },
  { title: 'FeatureVisualizationList' },
)
export type FeatureVisualizationList = Static<typeof FeatureVisualizationList>

/** A run that is made, as its job finds it in the object store (JSON). */
export interface FeatureVisualizationRun {
  /** Id of the run and of its job. */
  readonly id: string
  readonly task: FeatureVisualizationTask
  /** RFC 3339. */
  readonly created_at: string
}

/** Where to get what a finished run is: the `result` of its job. */
export const visualizationResult = (id: string): Readonly<Record<string, string>> => ({
  self: `/v1/feature-visualizations/${id}`,
  references: `/v1/references?feature_visualization=${id}`,
  export: `/v1/feature-visualizations/${id}/export`,
})

/** Where the manifest of a finished run lies. */
export const visualizationManifestKey = (id: string): string => `feature-visualizations/${id}/manifest.json`

/** Where the manifest of a run lies from its merging until its job has ended. */
export const pendingManifestKey = (id: string): string => `jobs/${id}/manifest.json`
