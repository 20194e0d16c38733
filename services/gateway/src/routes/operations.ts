import { internalRoutes } from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { Type } from 'typebox'
import { callFor } from '../engine/call.ts'
import { jsonResponse, problemResponses } from '../openapi/parts.ts'

/** Longest that a readiness probe waits for the worker. */
export const READY_TIMEOUT_MS = 2000

const Health = Type.Object({ status: Type.String() }, { title: 'Health' })
const tags = ['Operations']

const healthz = {
  operationId: 'getHealth',
  tags,
  summary: 'Whether the gateway runs',
  response: { 200: jsonResponse('It does.', Health) },
}
const readyz = {
  operationId: 'getReadiness',
  tags,
  summary: 'Whether requests can be answered',
  response: { 200: jsonResponse('They can.', Health), ...problemResponses(['engine-unavailable']) },
}

/** `/healthz` and `/readyz`. */
export const operations: FastifyPluginAsync = async (app) => {
  app.get('/healthz', { schema: healthz, logLevel: 'warn' }, async () => ({ status: 'ok' }))

  app.get('/readyz', { schema: readyz, logLevel: 'warn' }, async (request, reply) => {
    const call = callFor(request, reply, READY_TIMEOUT_MS)
    const { body } = await app.engine.pass({ method: 'GET', path: internalRoutes.ready }, call)
    await body.dump()
    return { status: 'ready' }
  })
}
