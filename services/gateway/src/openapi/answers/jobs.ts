import type { FeatureVisualizationManifest, Job, ReferenceList, StatisticsList } from '@crp-serve/contracts'

/** A job that has just been taken. */
export const queuedJob = {
  id: 'c9001076-0960-4867-b078-d281dd39e023',
  kind: 'attribution',
  status: 'queued',
  phase: 'queued',
  progress: {
    done: 0,
    total: 0,
  },
  eta_seconds: null,
  created_at: '2026-11-27T15:38:28.735Z',
  started_at: null,
  finished_at: null,
} satisfies Job

/** The same when it is done. */
export const finishedJob = {
  ...queuedJob,
  status: 'succeeded',
  phase: 'succeeded',
  progress: {
    done: 1,
    total: 1,
  },
  started_at: '2026-11-27T15:38:34.812Z',
  finished_at: '2026-11-27T15:38:36.000Z',
  result: {
    self: `/v1/jobs/${queuedJob.id}/result`,
  },
} satisfies Job

/** A job that a client has cancelled. */
export const cancelledJob = {
  id: 'f94b0bdc-ae4a-418f-bc4c-8023713be8ed',
  kind: 'attribution',
  status: 'cancelled',
  phase: 'cancelled',
  progress: {
    done: 0,
    total: 0,
  },
  eta_seconds: null,
  created_at: '2026-11-27T15:38:51.115Z',
  started_at: '2026-11-27T15:38:51.119Z',
  finished_at: '2026-11-27T15:38:51.122Z',
} satisfies Job

const run = '7fd03b85a8481d4d422df38625becd6a'

/** The job of a feature visualization, just taken. */
export const queuedVisualization = {
  id: run,
  kind: 'feature-visualization',
  status: 'queued',
  phase: 'queued',
  progress: {
    done: 0,
    total: 0,
  },
  eta_seconds: null,
  created_at: '2026-11-27T15:38:36.141Z',
  started_at: null,
  finished_at: null,
} satisfies Job

/** The same when it is done. */
export const finishedVisualization = {
  ...queuedVisualization,
  status: 'succeeded',
  phase: 'succeeded',
  progress: {
    done: 2,
    total: 2,
  },
  started_at: '2026-11-27T15:38:36.176Z',
  finished_at: '2026-11-27T15:38:50.915Z',
  result: {
    self: `/v1/feature-visualizations/${run}`,
    references: `/v1/references?feature_visualization=${run}`,
    export: `/v1/feature-visualizations/${run}/export`,
  },
} satisfies Job

/** What it has come to. */
export const manifest = {
  version: 1,
  id: run,
  origin: 'job',
  created_at: '2026-11-27T15:38:36.130Z',
  model: 'concept-world',
  dataset: 'concept-world',
  composite: 'epsilon_plus_flat',
  modes: ['relevance', 'activation'],
  max_target: 'sum',
  abs_norm: true,
  top_k: 16,
  targets: 'predicted',
  layers: [
    {
      name: 'features.12',
      concepts: 16,
      sizes: [10, 10],
    },
  ],
  model_sha256: 'd5a5c1d3f8c8804d0e8f4c531f041a32cde86ac2df0270a137cdc44faf527e69',
  dataset_fingerprint: 'd9c26cc63bd07e645bd16fb1004c56ffab601f2b7ff8eb16abd0c149f8b4b8e6',
  range: [0, 360],
  samples: 360,
  skipped: [],
  statistics: {
    relevance: [0, 1, 2, 3, 4, 5, 6, 7],
    activation: [0, 1, 2, 3, 4, 5, 6, 7],
  },
} satisfies FeatureVisualizationManifest

/** The samples that show a concept best. */
export const references = {
  feature_visualization: run,
  model: 'concept-world',
  dataset: 'concept-world',
  layer: 'features.12',
  mode: 'relevance',
  concept: 5,
  references: [
    {
      rank: 0,
      dataset_index: 145,
      label: 'green-speckled-cross',
      classes: [3],
      value: 0.4879091680049896,
      neuron: 98,
      receptive_field: [49, 57, 80, 80],
      image_url: `/v1/references/image?feature_visualization=${run}&layer=features.12&mode=relevance&concept=5&rank=0`,
      sample_url: '/v1/datasets/concept-world/items/145',
    },
    {
      rank: 1,
      dataset_index: 149,
      label: 'green-speckled-cross',
      classes: [3],
      value: 0.46609798073768616,
      neuron: 28,
      receptive_field: [49, 1, 80, 39],
      image_url: `/v1/references/image?feature_visualization=${run}&layer=features.12&mode=relevance&concept=5&rank=1`,
      sample_url: '/v1/datasets/concept-world/items/149',
    },
  ],
} satisfies ReferenceList

/** The classes that a concept matters for. */
export const statistics = {
  feature_visualization: run,
  model: 'concept-world',
  dataset: 'concept-world',
  layer: 'features.12',
  mode: 'relevance',
  concept: 5,
  statistics: [
    {
      target: 3,
      label: 'green-speckled-cross',
      value: 0.4589290708303452,
    },
    {
      target: 5,
      label: 'red-striped-disc',
      value: 0.176056307554245,
    },
  ],
} satisfies StatisticsList
