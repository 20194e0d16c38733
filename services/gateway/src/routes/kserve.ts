import {
  checkPrediction,
  type ExplanationParameters,
  encodingOf,
  KServeExplanation,
  KServeExplanations,
  KServePrediction,
  KServePredictions,
  ReadKServeExplanation,
  readParameterTexts,
  validate,
  valuesOf,
} from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { callFor } from '../engine/call.ts'
import { explanation } from '../inference/explain.ts'
import { kserveSamples } from '../inference/kserve.ts'
import { modelInfo } from '../inference/model-info.ts'
import { nest } from '../inference/nested.ts'
import { inParameters, withPointers } from '../inference/pointers.ts'
import { ModelParams, modelOf } from '../model-name.ts'
import { kserveExplanationExamples, kservePredictionExamples } from '../openapi/inference-examples.ts'
import {
  attributionProblems,
  computationProblems,
  inputProblems,
  jsonBody,
  jsonResponse,
  problemResponses,
  submissionProblems,
} from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'
import { jsonOf } from '../plugins/bodies.ts'
import { sendJson } from '../present.ts'

const problems = [...submissionProblems, ...inputProblems, ...computationProblems]
const tags = ['KServe']
const predictSchema = {
  operationId: 'kservePredict',
  tags,
  summary: 'Run a model, as KServe’s V1 protocol asks',
  params: ModelParams,
  body: jsonBody(KServePrediction, kservePredictionExamples),
  response: { 200: jsonResponse('The outputs.', KServePredictions), ...problemResponses(problems) },
}
const explainSchema = {
  operationId: 'kserveExplain',
  tags,
  summary: 'Explain a model, as KServe’s V1 protocol asks',
  params: ModelParams,
  body: jsonBody(KServeExplanation, kserveExplanationExamples),
  response: {
    200: jsonResponse('The explanations.', KServeExplanations),
    ...problemResponses([...problems, ...attributionProblems]),
  },
}

/** KServe's clients expect numbers. */
const plainly = (parameters: ExplanationParameters): ExplanationParameters => ({
  ...parameters,
  output: { ...parameters.output, encoding: parameters.output?.encoding ?? 'json' },
})

/** Without the pattern two such routes would be one: a parameter reaches to the next slash. */
const model = '/models/:model(^[^:/]+)'

/** `POST /models/{model}:predict` and `POST /models/{model}:explain`. */
export const kserve =
  ({ maxImageBytes, maxRows, requestTimeoutMs }: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    const limits = { rows: maxRows, imageBytes: maxImageBytes }

    app.post(`${model}::predict`, { schema: predictSchema }, async (request, reply) => {
      const call = callFor(request, reply, requestTimeoutMs)
      const wanted = validate(KServePrediction, jsonOf(request))
      const info = await modelInfo(app, modelOf(request), call)
      const { inputs, at } = kserveSamples(wanted, info)
      const task = { inputs, prediction: { top: 0, tensor: true } }
      const { results } = await withPointers(inParameters(at), async () => {
        checkPrediction(task, limits)
        return app.engine.predict(info.name, task, call)
      })
      const outputs = results.flatMap(({ prediction }) => prediction.tensor ?? [])
      return { predictions: outputs.map((tensor) => nest(valuesOf(tensor), tensor.shape)) }
    })

    app.post(`${model}::explain`, { schema: explainSchema }, async (request, reply) => {
      const call = callFor(request, reply, requestTimeoutMs)
      const { parameters, ...samples } = validate(ReadKServeExplanation, readParameterTexts(jsonOf(request)))
      const info = await modelInfo(app, modelOf(request), call)
      const { inputs, at } = kserveSamples(samples, info)
      const { answer, encoding } = await withPointers(inParameters(at), async () => {
        const { decoded, task } = explanation(info.name, inputs, plainly(parameters ?? {}), limits)
        return { answer: await app.engine.attribute(task, call), encoding: encodingOf(decoded) }
      })
      const { results, ...rest } = answer
      return sendJson(reply, { ...rest, explanations: results }, encoding)
    })
  }
