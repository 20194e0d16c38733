import {
  AttributionRequest,
  AttributionResponse,
  attributionTask,
  checkAttribution,
  decodeAttribution,
  encodingOf,
  validate,
} from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { callFor } from '../engine/call.ts'
import { limitsFor, respondAsync, wantsJob } from '../jobs/respond-async.ts'
import { jobMessage, NPZ_TYPE, npzTask, sendNpz, wantsNpz } from '../npz.ts'
import { exampleOf } from '../openapi/answers/index.ts'
import { attributionExamples } from '../openapi/examples.ts'
import {
  acceptedResponse,
  attributionProblems,
  computationProblems,
  inputProblems,
  JobHeaders,
  jobLinks,
  jobProblems,
  problemResponses,
  submissionBody,
  submissionProblems,
} from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'
import { sendJson } from '../present.ts'
import { readSubmission } from '../submission.ts'

const schema = {
  operationId: 'createAttribution',
  tags: ['Attributions'],
  summary: 'Explain predictions: heatmaps and relevant concepts',
  headers: JobHeaders,
  body: submissionBody(AttributionRequest, attributionExamples),
  response: {
    200: {
      description: 'One result per row, sample-major.',
      content: {
        'application/json': {
          schema: AttributionResponse,
          examples: exampleOf('AttributionResponse'),
        },
        [NPZ_TYPE]: {
          schema: {
            type: 'string',
            contentMediaType: NPZ_TYPE,
            description: 'With `Accept`: arrays over all rows, and `meta.json`.',
          },
        },
      },
    },
    ...acceptedResponse,
    ...problemResponses([
      ...submissionProblems,
      ...jobProblems,
      ...inputProblems,
      ...computationProblems,
      ...attributionProblems,
    ]),
  },
}

/** `POST /attributions`. */
export const attributions =
  ({ maxBodyBytes, maxImageBytes, maxRows, requestTimeoutMs }: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    const configured = { rows: maxRows, imageBytes: maxImageBytes }

    app.post('/attributions', { schema, links: jobLinks }, async (request, reply) => {
      const limits = limitsFor(app, request, configured)
      const call = callFor(request, reply, requestTimeoutMs)
      const { json, takePart, finish } = await readSubmission(request, maxBodyBytes, call.signal)
      const decoded = decodeAttribution(validate(AttributionRequest, json), takePart)
      finish()
      const task = attributionTask(decoded)
      checkAttribution(task, decoded, limits)
      const accept = request.headers.accept
      if (wantsJob(request))
        return respondAsync(
          app.jobs(),
          request,
          reply,
          'attribution',
          jobMessage(task, encodingOf(decoded), accept),
        )
      if (wantsNpz(accept)) return sendNpz(reply, await app.engine.attribute(npzTask(task), call))
      return sendJson(reply, await app.engine.attribute(task, call), encodingOf(decoded))
    })
  }
