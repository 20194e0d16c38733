import { checkPrediction, InferenceRequest, validate } from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { splitBody } from '../../inference/body.ts'
import { inferenceInputs } from '../../inference/inputs.ts'
import { checkModelName, outputName } from '../../inference/model-info.ts'
import { checkOutputs, sendOutputs } from '../../inference/outputs.ts'
import { inParameters, withPointers } from '../../inference/pointers.ts'
import { stack } from '../../npz.ts'
import { inferenceExamples } from '../../openapi/inference-examples.ts'
import {
  inferenceBody,
  inferenceHeaders,
  inferenceProblems,
  inferenceResponse,
} from '../../openapi/inference-parts.ts'
import { problemResponses } from '../../openapi/parts.ts'
import type { GatewayOptions } from '../../options.ts'
import { addModelRoute } from './model-route.ts'

const schema = {
  summary: 'Run a model',
  headers: inferenceHeaders,
  body: inferenceBody(InferenceRequest, inferenceExamples),
  response: { ...inferenceResponse('InferenceResponse'), ...problemResponses(inferenceProblems) },
}

/** `POST /v2/models/{model}/infer`. */
export const infer =
  ({ maxImageBytes, maxRows, requestTimeoutMs: timeoutMs }: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    const limits = { rows: maxRows, imageBytes: maxImageBytes }

    addModelRoute(app, {
      method: 'POST',
      tail: '/infer',
      operationId: 'infer',
      schema,
      timeoutMs,
      async handler({ model, call, request, reply }) {
        const { json, binary } = splitBody(request)
        const wanted = validate(InferenceRequest, json)
        checkModelName(wanted, model)
        const name = outputName(model)
        checkOutputs(wanted, [name])
        const task = {
          inputs: inferenceInputs(wanted.inputs[0]!, binary, model),
          prediction: { top: 0, tensor: true },
        }
        const answer = await withPointers(inParameters('/inputs/0'), async () => {
          checkPrediction(task, limits)
          return app.engine.predict(model.name, task, call)
        })
        const rows = answer.results.flatMap(({ prediction }) => prediction.tensor ?? [])
        const about = { name: model.name, version: answer.model_sha256 }
        return sendOutputs(reply, wanted, about, new Map([[name, stack(name, rows)]]))
      },
    })
  }
