import { type Static, Type } from 'typebox'
import { Composite } from '../attribution/composite.ts'
import { Name } from '../names.ts'
import { optional, strict } from '../schema/fields.ts'
import { CollectedTargets, MaxTarget } from './manifest.ts'

/** The `metadata` part of `POST /v1/feature-visualizations/import`: what a folder of zennit-crp does not say itself. */
export const FeatureVisualizationImport = strict(
  {
    model: Name,
    dataset: Name,
    composite: optional(Composite, {
      default: 'epsilon_plus_flat',
      description: 'What the relevance was computed with, and what heatmaps of references will be.',
    }),
    targets: optional(CollectedTargets, {
      default: 'label',
      description: 'The classes that relevance was started from; statistics must be of these.',
    }),
    max_target: optional(MaxTarget, {
      description: 'Which folders to take; needed only where the archive holds several kinds.',
    }),
    abs_norm: optional(Type.Boolean(), {
      description: 'Which folders to take; needed only where the archive holds several kinds.',
    }),
  },
  { title: 'FeatureVisualizationImport' },
)
export type FeatureVisualizationImport = Static<typeof FeatureVisualizationImport>
