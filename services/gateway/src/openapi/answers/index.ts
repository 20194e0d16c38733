import { errorKind } from '@crp-serve/contracts'
import type { TSchema } from 'typebox'
import { version } from '../../version.ts'
import { attribution, attributionGraph, prediction } from './attributions.ts'
import { dataset, items } from './datasets.ts'
import { explanation, inference, inferenceModel, kserveExplanations, kservePredictions } from './inference.ts'
import {
  cancelledJob,
  finishedJob,
  finishedVisualization,
  manifest,
  queuedJob,
  queuedVisualization,
  references,
  statistics,
} from './jobs.ts'
import { layers, model, support } from './models.ts'

const { status, title, when } = errorKind('unknown-model')
const problemKind = { code: 'unknown-model', status, title, when }

/** An answer of each kind, as a service with the demo gave it, shortened; by the title of its schema, or a name of its own. */
const answers = {
  Model: model,
  ModelList: { models: [model] },
  LayerList: layers,
  SupportReport: support,
  Dataset: dataset,
  DatasetList: { datasets: [dataset] },
  DatasetItemList: items,
  PredictionResponse: prediction,
  AttributionResponse: attribution,
  AttributionGraphResponse: attributionGraph,
  Job: finishedJob,
  QueuedJob: queuedJob,
  CancelledJob: cancelledJob,
  JobList: { jobs: [finishedVisualization, finishedJob] },
  QueuedFeatureVisualization: queuedVisualization,
  FeatureVisualization: { ...finishedVisualization, manifest },
  FeatureVisualizationList: { feature_visualizations: [finishedVisualization] },
  FeatureVisualizationManifest: manifest,
  ReferenceList: references,
  StatisticsList: statistics,
  InferenceServer: { name: 'crp-serve', version, extensions: ['binary_tensor_data', 'explain'] },
  InferenceLive: { live: true },
  InferenceReady: { ready: true },
  InferenceModel: inferenceModel,
  InferenceModelReady: { name: model.name, ready: true },
  InferenceResponse: inference,
  Explanation: explanation,
  KServePredictions: kservePredictions,
  KServeExplanations: kserveExplanations,
  Root: { name: 'crp-serve', version, status: 'alive', docs: '/docs', openapi: '/openapi.json' },
  Health: { status: 'ok' },
  Readiness: {
    status: 'ready',
    checks: {
      engine: { workers: 2, ready: 2, status: 'ok' },
      queue: { status: 'ok' },
      store: { status: 'ok' },
    },
  },
  ProblemKind: problemKind,
  ProblemKinds: { problems: [problemKind] },
}
export type AnswerName = keyof typeof answers

/** `components/examples` of the document: every answer under its name. */
export const answerExamples = Object.fromEntries(
  Object.entries(answers).map(([name, value]) => [name, { value }]),
)

/** The title of a schema as the name of its example. @throws Error where there is no such example */
export function titleOf({ title }: TSchema & { readonly title?: unknown }): AnswerName {
  if (typeof title === 'string' && Object.hasOwn(answers, title)) return title as AnswerName
  throw new Error(`there is no example of ${String(title)}: add one to openapi/answers`)
}

/** `examples` of a response: references to those of the document. */
export const exampleOf = (...names: readonly AnswerName[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/examples/${name}` }]))
