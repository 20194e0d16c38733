import { PassThrough, type Readable } from 'node:stream'
import {
  CompositeQuery,
  LayerList,
  Model,
  ModelList,
  PageQuery,
  ProblemError,
  SupportReport,
} from '@crp-serve/contracts'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { callFor } from '../engine/call.ts'
import { ModelParams, modelOf } from '../model-name.ts'
import { jsonResponse, problemResponses, uploadBody } from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'

/** What of the worker's headers concerns the client. */
const passedHeaders = ['content-type', 'content-length', 'location', 'etag', 'cache-control'] as const

const queryOf = (request: FastifyRequest): string => {
  const start = request.url.indexOf('?')
  return start < 0 ? '' : request.url.slice(start)
}

type Route = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** Passes requests on to the worker and its answers back, both as streams. */
function passTo(app: FastifyInstance, timeoutMs: number, pathOf: (request: FastifyRequest) => string): Route {
  return async (request, reply) => {
    const method = request.method === 'DELETE' ? 'DELETE' : 'GET'
    const path = pathOf(request) + queryOf(request)
    return answer(reply, await app.engine.pass({ method, path }, callFor(request, reply, timeoutMs)))
  }
}

/** Passes an upload on. The deadline starts when the client has sent everything: its line may be slow. */
const upload = (app: FastifyInstance): Route => {
  return async (request, reply) => {
    const headers = Object.fromEntries(
      (['content-type', 'content-length'] as const).flatMap((name) => {
        const value = request.headers[name]
        return value === undefined ? [] : [[name, value]]
      }),
    )
    // The worker may answer before it has read everything, and its connection then takes the stream down with it. That
    // must not be the client's own socket, which still has to bring the answer. The rest of the upload is read away then.
    const body = request.raw.pipe(new PassThrough())
    body.once('close', () => request.raw.unpipe(body).resume())
    const passage = { method: 'POST', path: '/v1/models', headers, body } as const
    return answer(reply, await app.engine.pass(passage, callFor(request, reply)))
  }
}

function answer(
  reply: FastifyReply,
  { statusCode, headers, body }: { statusCode: number; headers: Record<string, unknown>; body: Readable },
): FastifyReply {
  for (const name of passedHeaders) if (headers[name] !== undefined) reply.header(name, headers[name])
  return reply.code(statusCode).send(statusCode === 204 ? undefined : body)
}

async function requireMultipart(request: FastifyRequest): Promise<void> {
  if (/^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '')) return
  throw new ProblemError(
    'unsupported-media-type',
    'Send `multipart/form-data` with the parts `model` and `metadata`.',
  )
}

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
      'unsupported-media-type',
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
    app.post('/models', { schema: create, onRequest: requireMultipart }, upload(app))
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
