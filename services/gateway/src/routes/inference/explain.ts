import {
  type ExplanationParameters,
  ExplanationRequest,
  ReadExplanationRequest,
  readParameterTexts,
  validate,
} from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { splitBody } from '../../inference/body.ts'
import { explanation, explanationOutputs, outputNames } from '../../inference/explain.ts'
import { inferenceInputs } from '../../inference/inputs.ts'
import { checkModelName } from '../../inference/model-info.ts'
import { checkOutputs, sendOutputs } from '../../inference/outputs.ts'
import { inParameters, withPointers } from '../../inference/pointers.ts'
import { explanationExamples } from '../../openapi/inference-examples.ts'
import {
  inferenceBody,
  inferenceHeaders,
  inferenceProblems,
  inferenceResponse,
} from '../../openapi/inference-parts.ts'
import { attributionProblems, problemResponses } from '../../openapi/parts.ts'
import type { GatewayOptions } from '../../options.ts'
import { addModelRoute } from './model-route.ts'

const schema = {
  summary: 'Explain what a model says',
  headers: inferenceHeaders,
  body: inferenceBody(ExplanationRequest, explanationExamples),
  response: {
    ...inferenceResponse('Explanation'),
    ...problemResponses([...inferenceProblems, ...attributionProblems]),
  },
}

/** The model's output comes with every explanation. */
const withPrediction = (parameters: ExplanationParameters): ExplanationParameters => ({
  ...parameters,
  output: { ...parameters.output, prediction: { ...parameters.output?.prediction, tensor: true } },
})

/** `POST /v2/models/{model}/explain`. */
export const explain =
  ({ maxImageBytes, maxRows, requestTimeoutMs: timeoutMs }: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    const limits = { rows: maxRows, imageBytes: maxImageBytes }

    addModelRoute(app, {
      method: 'POST',
      tail: '/explain',
      operationId: 'explain',
      schema,
      timeoutMs,
      async handler({ model, call, request, reply }) {
        const { json, binary } = splitBody(request)
        const wanted = validate(ReadExplanationRequest, readParameterTexts(json))
        checkModelName(wanted, model)
        const { binary_data_output: _travel, ...parameters } = wanted.parameters ?? {}
        const inputs = inferenceInputs(wanted.inputs[0]!, binary, model)
        const answer = await withPointers(inParameters('/inputs/0'), async () => {
          const { task } = explanation(model.name, inputs, withPrediction(parameters), limits)
          checkOutputs(wanted, outputNames(task))
          return app.engine.attribute(task, call)
        })
        const about = { name: model.name, version: answer.model_sha256 }
        return sendOutputs(reply, wanted, about, explanationOutputs(answer))
      },
    })
  }
