import { CompositeQuery, LayerList, Model, ModelList, PageQuery, SupportReport } from '@crp-serve/contracts'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { passTo, passUpload, requireMultipart } from '../engine/passing.ts'
import { ModelParams, modelOf } from '../model-name.ts'
import { jsonResponse, problemResponses, uploadBody } from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'

const tags = ['Models']
const list = {
  operationId: 'listModels',
  tags,
  summary: 'List models',
  querystring: PageQuery,
  response: {
    200: jsonResponse('A page of models.', ModelList),
    ...problemResponses(['validation-failed']),
  },
}
const create = {
  operationId: 'createModel',
  tags,
  summary: 'Upload a model',
  body: uploadBody,
  response: {
    200: jsonResponse('The same model was there already.', Model),
    201: jsonResponse('Created; `Location` holds its path.', Model),
    ...problemResponses([
      'malformed-multipart',
      'malformed-json',
      'malformed-content-encoding',
      'unsupported-media-type',
      'unsupported-content-encoding',
      'validation-failed',
      'part-missing',
      'model-name-conflict',
      'model-too-large',
      'model-not-onnx',
      'model-truncated',
      'model-invalid',
      'model-not-supported',
      'model-load-failed',
      'preprocessing-invalid',
    ]),
  },
}
const one = (operationId: string, summary: string) => ({ operationId, tags, summary, params: ModelParams })
const read = {
  ...one('getModel', 'Describe a model'),
  response: { 200: jsonResponse('The model.', Model), ...problemResponses(['unknown-model']) },
}
const remove = {
  ...one('deleteModel', 'Delete a model'),
  response: { 204: { description: 'Deleted.', type: 'null' }, ...problemResponses(['unknown-model']) },
}
const compositeProblems = [
  'unknown-model',
  'validation-failed',
  'unknown-layer',
  'tensor-malformed',
  'rule-not-applicable',
  'rule-parameter-invalid',
] as const
const layers = {
  ...one('listLayers', 'List the layers of a model'),
  querystring: CompositeQuery,
  response: {
    200: jsonResponse('The layers from input to output.', LayerList),
    ...problemResponses(compositeProblems),
  },
}
const support = {
  ...one('getSupport', 'Tell what of a model can be explained'),
  querystring: CompositeQuery,
  response: {
    200: jsonResponse('Every node with its rule, or why it has none.', SupportReport),
    ...problemResponses(compositeProblems),
  },
}

/** `/models`: what the worker keeps; the gateway never looks into a model. */
export const models =
  ({ requestTimeoutMs }: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    const modelPath = (request: FastifyRequest) => `/v1/models/${encodeURIComponent(modelOf(request))}`
    const pass = (pathOf: (request: FastifyRequest) => string) => passTo(app, requestTimeoutMs, pathOf)

    app.get(
      '/models',
      { schema: list },
      pass(() => '/v1/models'),
    )
    app.post(
      '/models',
      { schema: create, config: { streamed: true }, onRequest: requireMultipart('model', 'metadata') },
      passUpload(app, '/v1/models'),
    )
    app.get('/models/:model', { schema: read }, pass(modelPath))
    app.delete('/models/:model', { schema: remove }, pass(modelPath))
    app.get(
      '/models/:model/layers',
      { schema: layers },
      pass((request) => `${modelPath(request)}/layers`),
    )
    app.get(
      '/models/:model/support',
      { schema: support },
      pass((request) => `${modelPath(request)}/support`),
    )
  }
