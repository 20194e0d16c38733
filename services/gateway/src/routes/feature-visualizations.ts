import {
  type ErrorCode,
  FeatureVisualization,
  FeatureVisualizationList,
  type FeatureVisualizationManifest,
  FeatureVisualizationRequest,
  type FeatureVisualizationRun,
  featureVisualizationOrder,
  isJobId,
  Job,
  JobListQuery,
  jobRequestKey,
  ProblemError,
  validate,
  visualizationManifestKey,
  visualizationResult,
} from '@crp-serve/contracts'
import type { ObjectStore } from '@crp-serve/storage'
import type { FastifyPluginAsync } from 'fastify'
import { Type } from 'typebox'
import { callFor } from '../engine/call.ts'
import { bindKey } from '../jobs/idempotency.ts'
import { runIdOf } from '../jobs/run-id.ts'
import { featureVisualizationExamples } from '../openapi/examples.ts'
import {
  computationProblems,
  jsonBody,
  jsonResponse,
  ownProblemResponses,
  problemResponses,
  storeProblems,
  visualizationLinks,
} from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'
import { jsonOf } from '../plugins/bodies.ts'

const kind = 'feature-visualization'

/** Runs on a page where the client does not say. */
const defaultPage = 100

const orderProblems: readonly ErrorCode[] = [
  'malformed-json',
  'body-too-large',
  'unsupported-media-type',
  'validation-failed',
  'tensor-malformed',
  'tensor-not-finite',
  'unknown-dataset',
  'dataset-place-not-allowed',
  'dataset-place-missing',
  'dataset-changed',
  'dataset-classes-mismatch',
  'unknown-layer',
  'duplicate-layer',
  'channel-out-of-range',
  'class-out-of-range',
  'range-invalid',
  'labels-missing',
  'preprocessing-missing',
  'tensor-shape-mismatch',
  'tensor-type-mismatch',
  'rule-not-applicable',
  'rule-parameter-invalid',
  'model-not-supported',
  'idempotency-key-reused',
  'jobs-unavailable',
]

const tags = ['Feature visualization']
const create = {
  operationId: 'createFeatureVisualization',
  tags,
  summary: 'Find the samples of a data set that show what each concept means',
  description:
    'A job collects the samples with the highest relevance and activation of every channel. The same content gives the same job; one that has failed or was cancelled is started anew.',
  body: jsonBody(FeatureVisualizationRequest, featureVisualizationExamples),
  response: {
    202: jsonResponse(
      'The job, whose id is that of the feature visualization.',
      Job,
      'QueuedFeatureVisualization',
    ),
    ...problemResponses([...orderProblems, ...computationProblems]),
  },
}
const list = {
  operationId: 'listFeatureVisualizations',
  tags,
  summary: 'List feature visualizations by their jobs',
  querystring: JobListQuery,
  response: {
    200: jsonResponse('A page of jobs, the newest first; it may be short.', FeatureVisualizationList),
    ...ownProblemResponses(['validation-failed', 'jobs-unavailable', ...storeProblems]),
  },
}
const read = {
  operationId: 'getFeatureVisualization',
  tags,
  summary: 'Show a feature visualization',
  params: Type.Object({
    id: Type.String({ description: 'Id of the feature visualization and of its job.' }),
  }),
  response: {
    200: jsonResponse('The job, with the manifest once it is finished.', FeatureVisualization),
    ...ownProblemResponses(['unknown-feature-visualization', 'jobs-unavailable', ...storeProblems]),
  },
}

/** A finished run. */
interface Finished {
  readonly manifest: FeatureVisualizationManifest
  /** When its manifest was written, which is what finishes it. */
  readonly at: Date
}

async function finishedRun(store: ObjectStore, id: string): Promise<Finished | undefined> {
  const key = visualizationManifestKey(id)
  try {
    const [bytes, { modified }] = await Promise.all([store.get(key), store.head(key)])
    return { manifest: JSON.parse(Buffer.from(bytes).toString()), at: modified }
  } catch (error) {
    if ((error as { code?: unknown }).code === 'object-not-found') return undefined
    throw error
  }
}

/** The job of a run that is finished and whose job is forgotten, or was an import. */
const finishedJob = ({ manifest: { id, created_at }, at }: Finished): Job => ({
  id,
  kind,
  status: 'succeeded',
  phase: 'succeeded',
  progress: { done: 1, total: 1 },
  eta_seconds: null,
  created_at,
  started_at: null,
  // Stores tell whole seconds, which can lie before the moment of creation.
  finished_at: new Date(Math.max(at.getTime(), Date.parse(created_at))).toISOString(),
  result: { ...visualizationResult(id) },
})

const unknownRun = (id: string) =>
  new ProblemError('unknown-feature-visualization', `There is no feature visualization "${id}".`)

/** `/feature-visualizations`: submitted and answered by the gateway, from the queue and the object store. */
export const featureVisualizations =
  ({ requestTimeoutMs }: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    app.post(
      '/feature-visualizations',
      { schema: create, links: visualizationLinks },
      async (request, reply) => {
        const order = featureVisualizationOrder(validate(FeatureVisualizationRequest, jsonOf(request)))
        const { queue, store } = app.jobs()
        const task = await app.engine.planVisualization(order, callFor(request, reply, requestTimeoutMs))
        const id = runIdOf(task)
        await bindKey(store, request, id)
        const run: FeatureVisualizationRun = { id, task, created_at: new Date().toISOString() }
        const key = jobRequestKey(id, id)
        await store.putIfAbsent(key, Buffer.from(JSON.stringify(run)))
        const { job } = await queue.submit(kind, { request: key }, { id, digest: id, restart: true })
        return reply.code(202).header('location', `/v1/jobs/${id}`).send(job)
      },
    )

    app.get('/feature-visualizations', { schema: list }, async (request) => {
      const { limit = defaultPage, cursor, status } = request.query as JobListQuery
      const page = await app.jobs().queue.list(limit, cursor, status)
      return {
        feature_visualizations: page.jobs.filter((job) => job.kind === kind),
        ...(page.cursor === undefined ? {} : { next_cursor: page.cursor }),
      }
    })

    app.get<{ Params: { id: string } }>('/feature-visualizations/:id', { schema: read }, async (request) => {
      const { id } = request.params
      if (!isJobId(id)) throw unknownRun(id)
      const { queue, store } = app.jobs()
      const [job, finished] = await Promise.all([queue.get(id), finishedRun(store, id)])
      if (job?.kind === kind) return { ...job, ...(finished ? { manifest: finished.manifest } : {}) }
      if (finished === undefined) throw unknownRun(id)
      return { ...finishedJob(finished), manifest: finished.manifest }
    })
  }
