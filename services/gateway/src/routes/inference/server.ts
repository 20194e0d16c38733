import { InferenceLive, InferenceReady, InferenceServer, internalRoutes } from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import type { TSchema } from 'typebox'
import { callFor } from '../../engine/call.ts'
import { inferenceTags } from '../../openapi/inference-parts.ts'
import { jsonResponse, problemResponses } from '../../openapi/parts.ts'
import { version } from '../../version.ts'
import { READY_TIMEOUT_MS } from '../operations.ts'

/** The protocol's extensions that there are. */
const extensions = ['binary_tensor_data', 'explain']

const schemaOf = (operationId: string, summary: string, description: string, schema: TSchema) => ({
  operationId,
  tags: inferenceTags,
  summary,
  response: { 200: jsonResponse(description, schema), ...problemResponses([]) },
})
const describe = schemaOf('getInferenceServer', 'Describe the server', 'The server.', InferenceServer)
const live = schemaOf('getInferenceLive', 'Whether the server runs', 'It does.', InferenceLive)
const ready = schemaOf('getInferenceReady', 'Whether the server can compute', 'It can.', InferenceReady)

/** `GET /v2` and its health routes. */
export const inferenceServer: FastifyPluginAsync = async (app) => {
  app.get('', { schema: describe }, async () => ({ name: 'crp-serve', version, extensions }))

  app.get('/health/live', { schema: live, logLevel: 'warn' }, async () => ({ live: true }))

  app.get('/health/ready', { schema: ready, logLevel: 'warn' }, async (request, reply) => {
    const call = callFor(request, reply, READY_TIMEOUT_MS)
    const { body } = await app.engine.pass({ method: 'GET', path: internalRoutes.ready }, call)
    await body.dump()
    return { ready: true }
  })
}
