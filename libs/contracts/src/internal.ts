import { type Static, Type } from 'typebox'

/**
 * The protocol between gateway and attribution worker, over HTTP/1.1 with keep-alive.
 *
 * | gateway sends | body | worker answers |
 * |---|---|---|
 * | `POST /internal/attributions` | envelope of `AttributionTask` | 200, envelope of `EngineAttributionResponse` |
 * | `POST /internal/attribution-graphs` | envelope of `AttributionGraphTask` | 200, envelope of `AttributionGraphResponse` |
 * | `POST /internal/feature-visualizations` | envelope of `FeatureVisualizationOrder` | 200, envelope of `FeatureVisualizationTask` |
 * | `POST /internal/predictions/:model` | envelope of `PredictionTask` | 200, envelope of `EnginePredictionResponse` |
 * | `GET`, `POST`, `DELETE /v1/models…` | as the client sent it, streamed | as the client gets it |
 * | `GET /internal/load` | | 200, `Load`: what is being answered now; jobs stand back behind it |
 * | `GET /readyz` | | 200 when it can compute, else 503; `checks` by what it depends on |
 *
 * Envelopes have the media type `ENVELOPE_TYPE` (see wire/envelope.ts); a `BinaryTensor` or an encoded image is bytes
 * in them. The gateway has validated the task and filled in every default; what needs the model (layer names, channel
 * and class ranges, shapes) is the worker's to check, and its errors point into the client's request.
 *
 * Every error is `application/problem+json` made by `toProblem` from an error of the table, with `Retry-After` where
 * `retryAfter` gives one. The gateway writes its own `instance` and `request_id` into it.
 *
 * Headers of every request: `x-request-id`, to be logged; `DEADLINE_HEADER`, where there is a deadline; `TENANT_HEADER`,
 * among which turns are fair. The gateway sends what can be repeated to another worker where one does not answer. It
 * closes the connection when the client has gone or the deadline has passed: the worker stops the work then.
 * The worker may answer an upload before it has read all of it (409, 413), but must go on reading and discard the rest.
 */
export const internalRoutes = {
  attributions: '/internal/attributions',
  attributionGraphs: '/internal/attribution-graphs',
  featureVisualizations: '/internal/feature-visualizations',
  predictions: (model: string) => `/internal/predictions/${encodeURIComponent(model)}`,
  load: '/internal/load',
  ready: '/readyz',
} as const

/** Milliseconds that are left to answer, as an integer. */
export const DEADLINE_HEADER = 'x-deadline-ms'

/** On whose behalf a request is: an API key or a client's address, whatever the gateway knows; of no meaning otherwise. */
export const TENANT_HEADER = 'x-tenant'

/** Names a request in logs and answers. */
export const REQUEST_ID_HEADER = 'x-request-id'

/** Media type of an error (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json'

/** What an attribution worker has to do. */
export const Load = Type.Object({
  in_flight: Type.Integer({ minimum: 0, description: 'Interactive requests that are not answered yet.' }),
})
export type Load = Static<typeof Load>
