import { internalRoutes, ProblemError } from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { Type } from 'typebox'
import { callFor } from '../engine/call.ts'
import { jsonResponse, ownProblemResponses, problemResponses } from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'
import { version } from '../version.ts'

/** Longest that a readiness probe waits for the worker. */
export const READY_TIMEOUT_MS = 2000

const Health = Type.Object({ status: Type.String() }, { title: 'Health' })
const tags = ['Operations']

const healthz = {
  operationId: 'getHealth',
  tags,
  summary: 'Whether the gateway runs',
  response: { 200: jsonResponse('It does.', Health), ...ownProblemResponses() },
}
const readyz = {
  operationId: 'getReadiness',
  tags,
  summary: 'Whether requests can be answered',
  response: { 200: jsonResponse('They can.', Health), ...problemResponses([]) },
}

const metrics = {
  operationId: 'getMetrics',
  tags,
  summary: 'The metrics of the gateway, for Prometheus',
  response: {
    200: {
      description: 'Metrics in the text format.',
      content: { 'text/plain': { schema: Type.String() } },
    },
    ...ownProblemResponses(['not-found']),
  },
}

const Root = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    status: Type.String(),
    docs: Type.String(),
    openapi: Type.String(),
  },
  { title: 'Root' },
)
const root = {
  operationId: 'getRoot',
  tags,
  summary: 'What this is; KServe’s clients ask here whether it is alive',
  response: { 200: jsonResponse('The service.', Root), ...ownProblemResponses() },
}

/** `/`, `/healthz`, `/readyz` and `/metrics`. */
export const operations: FastifyPluginAsync<GatewayOptions> = async (app, { registry }) => {
  app.get('/', { schema: root }, async () => ({
    name: 'crp-serve',
    version,
    status: 'alive',
    docs: '/docs',
    openapi: '/openapi.json',
  }))

  app.get('/healthz', { schema: healthz, logLevel: 'warn' }, async () => ({ status: 'ok' }))

  app.get('/readyz', { schema: readyz, logLevel: 'warn' }, async (request, reply) => {
    const call = callFor(request, reply, READY_TIMEOUT_MS)
    const { body } = await app.engine.pass({ method: 'GET', path: internalRoutes.ready }, call)
    await body.dump()
    return { status: 'ready' }
  })

  app.get('/metrics', { schema: metrics, logLevel: 'warn' }, async (_request, reply) => {
    if (registry === undefined) throw new ProblemError('not-found', 'This gateway measures nothing.')
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
