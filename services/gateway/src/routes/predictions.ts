import {
  checkPrediction,
  decodePrediction,
  encodingOf,
  PredictionRequest,
  PredictionResponse,
  predictionTask,
  validate,
} from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { callFor } from '../engine/call.ts'
import { ModelParams, modelOf } from '../model-name.ts'
import { predictionExamples } from '../openapi/examples.ts'
import {
  computationProblems,
  inputProblems,
  jsonResponse,
  problemResponses,
  submissionBody,
  submissionProblems,
} from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'
import { sendJson } from '../present.ts'
import { readSubmission } from '../submission.ts'

const schema = {
  operationId: 'createPrediction',
  tags: ['Models'],
  summary: 'Run the model without explaining it',
  params: ModelParams,
  body: submissionBody(PredictionRequest, predictionExamples),
  response: {
    200: jsonResponse('One result per sample.', PredictionResponse),
    ...problemResponses([...submissionProblems, ...inputProblems, ...computationProblems]),
  },
}

/** `POST /models/{model}/predictions`. */
export const predictions =
  ({ maxBodyBytes, maxImageBytes, maxRows, requestTimeoutMs }: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    const limits = { rows: maxRows, imageBytes: maxImageBytes }

    app.post('/models/:model/predictions', { schema }, async (request, reply) => {
      const model = modelOf(request)
      const call = callFor(request, reply, requestTimeoutMs)
      const { json, takePart, finish } = await readSubmission(request, maxBodyBytes, call.signal)
      const decoded = decodePrediction(validate(PredictionRequest, json), takePart)
      finish()
      const task = predictionTask(decoded)
      checkPrediction(task, limits)
      return sendJson(reply, await app.engine.predict(model, task, call), encodingOf(decoded))
    })
  }
