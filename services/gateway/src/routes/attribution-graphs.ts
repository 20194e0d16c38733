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
import { attributionGraphExamples } from '../openapi/examples.ts'
import {
  computationProblems,
  inputProblems,
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
  body: submissionBody(AttributionGraphRequest, attributionGraphExamples),
  response: {
    200: jsonResponse('Concepts, and how much of their relevance those below get.', AttributionGraphResponse),
    ...problemResponses([
      ...submissionProblems,
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
    const limits = { rows: maxRows, imageBytes: maxImageBytes }

    app.post('/attribution-graphs', { schema }, async (request, reply) => {
      const call = callFor(request, reply, requestTimeoutMs)
      const { json, takePart, finish } = await readSubmission(request, maxBodyBytes)
      const decoded = decodeAttributionGraph(validate(AttributionGraphRequest, json), takePart)
      finish()
      const task = attributionGraphTask(decoded)
      checkAttributionGraph(task, limits)
      return app.engine.attributionGraph(task, call)
    })
  }
