/**
 * What a request that becomes a job looks like in the object store, and its answer: envelopes (wire/envelope.ts) of
 * `JobRequest` and `JobAnswer` under `jobs/<id>/`.
 */
import type { AttributionGraphResponse, AttributionGraphTask } from './attribution/graph.ts'
import type { Encoding } from './attribution/output.ts'
import type { EngineAttributionResponse } from './attribution/response.ts'
import type { AttributionTask } from './attribution/task.ts'

/** How an attribution is shown: the task of a job computes what JSON and .npz need, whichever is asked for later. */
export interface AttributionView {
  readonly encoding: Encoding
  /** Whether JSON shows the tensors of heatmaps, and of predictions. */
  readonly heatmapTensor: boolean
  readonly predictionTensor: boolean
}

/** A request by the kind of its job. */
export interface JobRequests {
  attribution: { readonly task: AttributionTask; readonly view: AttributionView }
  'attribution-graph': { readonly task: AttributionGraphTask }
}

/** What comes out, by the kind of the job. */
export interface JobAnswers {
  attribution: { readonly answer: EngineAttributionResponse; readonly view: AttributionView }
  'attribution-graph': { readonly answer: AttributionGraphResponse }
}

/** Kinds of jobs whose answer is the body of the synchronous route. */
export type AnsweringKind = keyof JobAnswers

/** Keys of everything that belongs to jobs start with this. */
export const jobsPrefix = 'jobs/'

/** Keys of everything that belongs to a job start with this. */
export const jobPrefix = (id: string): string => `${jobsPrefix}${id}/`

/** Keys of what `Idempotency-Key`s are bound to start with this. */
export const idempotencyPrefix = 'idempotency-keys/'

/**
 * Where the request of a job lies. The digest is in the key: of two requests that race for one id, neither overwrites
 * the other.
 */
export const jobRequestKey = (id: string, digest: string): string =>
  `${jobPrefix(id)}request-${digest.slice(0, 16)}`

/** Where the answer of a job lies. */
export const jobResultKey = (id: string): string => `${jobPrefix(id)}result`
