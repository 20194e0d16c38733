import {
  AttributionGraphRequest,
  AttributionGraphResponse,
  attributionGraphTask,
  checkAttributionGraph,
  decodeAttributionGraph,
  validate,
} from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { callFor } from '../engine/call.ts'
import { limitsFor, respondAsync, wantsJob } from '../jobs/respond-async.ts'
import { attributionGraphExamples } from '../openapi/examples.ts'
import {
  acceptedResponse,
  computationProblems,
  inputProblems,
  JobHeaders,
  jobLinks,
  jobProblems,
  jsonResponse,
  problemResponses,
  submissionBody,
  submissionProblems,
} from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'
import { readSubmission } from '../submission.ts'

const schema = {
  operationId: 'createAttributionGraph',
  tags: ['Attributions'],
  summary: 'Take a concept apart into the concepts below it',
  headers: JobHeaders,
  body: submissionBody(AttributionGraphRequest, attributionGraphExamples),
  response: {
    200: jsonResponse('Concepts, and how much of their relevance those below get.', AttributionGraphResponse),
    ...acceptedResponse,
    ...problemResponses([
      ...submissionProblems,
      ...jobProblems,
      ...inputProblems,
      ...computationProblems,
      'unknown-layer',
      'channel-out-of-range',
      'class-out-of-range',
      'layer-not-reachable',
      'rule-not-applicable',
      'rule-parameter-invalid',
      'model-not-supported',
    ]),
  },
}

/** `POST /attribution-graphs`. */
export const attributionGraphs =
  ({ maxBodyBytes, maxImageBytes, maxRows, requestTimeoutMs }: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    const configured = { rows: maxRows, imageBytes: maxImageBytes }

    app.post('/attribution-graphs', { schema, links: jobLinks }, async (request, reply) => {
      const limits = limitsFor(app, request, configured)
      const call = callFor(request, reply, requestTimeoutMs)
      const { json, takePart, finish } = await readSubmission(request, maxBodyBytes, call.signal)
      const decoded = decodeAttributionGraph(validate(AttributionGraphRequest, json), takePart)
      finish()
      const task = attributionGraphTask(decoded)
      checkAttributionGraph(task, limits)
      if (wantsJob(request)) return respondAsync(app.jobs(), request, reply, 'attribution-graph', { task })
      return app.engine.attributionGraph(task, call)
    })
  }
