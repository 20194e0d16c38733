import { InferenceLive, InferenceReady, InferenceServer } from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { inferenceTags } from '../../openapi/inference-parts.ts'
import { jsonResponse, ownProblemResponses } from '../../openapi/parts.ts'
import { version } from '../../version.ts'
import { refusal } from '../operations.ts'

/** The protocol's extensions that there are. */
const extensions = ['binary_tensor_data', 'explain']

const tags = inferenceTags
const describe = {
  operationId: 'getInferenceServer',
  tags,
  summary: 'Describe the server',
  response: { 200: jsonResponse('The server.', InferenceServer), ...ownProblemResponses() },
}
const live = {
  operationId: 'getInferenceLive',
  tags,
  summary: 'Whether the server runs',
  response: { 200: jsonResponse('It does.', InferenceLive), ...ownProblemResponses() },
}
const ready = {
  operationId: 'getInferenceReady',
  tags,
  summary: 'Whether the server can compute',
  response: { 200: jsonResponse('It can.', InferenceReady), ...ownProblemResponses(['not-ready']) },
}

/** `GET /v2` and its health routes. */
export const inferenceServer: FastifyPluginAsync = async (app) => {
  app.get('', { schema: describe }, async () => ({ name: 'crp-serve', version, extensions }))

  app.get('/health/live', { schema: live, logLevel: 'warn' }, async () => ({ live: true }))

  app.get('/health/ready', { schema: ready, logLevel: 'error' }, async () => {
    const { isReady, checks } = await app.readiness.look()
    if (!isReady || app.draining()) throw refusal(app.draining(), checks)
    return { ready: true }
  })
}
