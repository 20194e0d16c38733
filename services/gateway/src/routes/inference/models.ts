import { InferenceModel, InferenceModelReady } from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { tensorsOf } from '../../inference/model-info.ts'
import { versionProblems } from '../../openapi/inference-parts.ts'
import { jsonResponse, problemResponses } from '../../openapi/parts.ts'
import type { GatewayOptions } from '../../options.ts'
import { addModelRoute } from './model-route.ts'

/** The protocol's name for ONNX files. */
const platform = 'onnx_onnxv1'

/** `GET /v2/models/{model}` and `/ready`. */
export const inferenceModels =
  ({ requestTimeoutMs: timeoutMs }: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    addModelRoute(app, {
      method: 'GET',
      tail: '',
      operationId: 'getInferenceModel',
      schema: {
        summary: 'Describe a model with its input and output',
        response: { 200: jsonResponse('The model.', InferenceModel), ...problemResponses(versionProblems) },
      },
      timeoutMs,
      handler: async ({ model }) => ({
        name: model.name,
        versions: [model.sha256],
        platform,
        ...tensorsOf(model),
      }),
    })

    addModelRoute(app, {
      method: 'GET',
      tail: '/ready',
      operationId: 'getInferenceModelReady',
      schema: {
        summary: 'Whether a model is there',
        response: { 200: jsonResponse('It is.', InferenceModelReady), ...problemResponses(versionProblems) },
      },
      timeoutMs,
      handler: async ({ model }) => ({ name: model.name, ready: true }),
    })
  }
