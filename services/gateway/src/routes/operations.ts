import {
  errorKind,
  PROBLEM_TYPE,
  ProblemError,
  Readiness,
  type ReadinessChecks,
  retryAfter,
  toProblem,
} from '@crp-serve/contracts'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { jsonResponse, ownProblemResponses } from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'
import { version } from '../version.ts'

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
  description:
    'Looks at everything that requests need. A service that was told to stop answers 503 at once and goes on answering requests for a while.',
  response: {
    200: jsonResponse('They can.', Readiness),
    ...ownProblemResponses(['not-ready']),
  },
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

/** Why a service is not ready, from what its checks found. */
export function refusal(draining: boolean, checks: ReadinessChecks): ProblemError {
  if (draining)
    return new ProblemError('shutting-down', 'The service is shutting down.', { details: { checks } })
  const failed = Object.entries(checks).flatMap(([name, { status }]) => (status === 'ok' ? [] : [name]))
  return new ProblemError('not-ready', `Not ready: ${failed.join(', ')}.`, { details: { checks } })
}

/** `/`: what this is. `/healthz`: the process runs, and nothing else is looked at. `/readyz`: what requests need answers. `/metrics`: for Prometheus. */
export const operations: FastifyPluginAsync<GatewayOptions> = async (app, { registry }) => {
  app.get('/', { schema: root }, async () => ({
    name: 'crp-serve',
    version,
    status: 'alive',
    docs: '/docs',
    openapi: '/openapi.json',
  }))

  app.get('/healthz', { schema: healthz, logLevel: 'warn' }, async () => ({ status: 'ok' }))

  let said = 'ready'
  /** Probes come every few seconds: a line in the log where the answer changes is enough. */
  const note = (request: FastifyRequest, now: string, checks: ReadinessChecks) => {
    if (now !== said) request.log.warn({ from: said, to: now, checks }, 'readiness')
    said = now
  }

  app.get(
    '/readyz',
    { schema: readyz, logLevel: 'warn' },
    async (request, reply: FastifyReply): Promise<FastifyReply | Readiness> => {
      const { isReady, checks } = await app.readiness.look()
      if (isReady && !app.draining()) {
        note(request, 'ready', checks)
        return { status: 'ready', checks }
      }
      const error = refusal(app.draining(), checks)
      note(request, error.code, checks)
      const problem = toProblem(error, { instance: request.url, requestId: request.id })
      reply.header('retry-after', retryAfter(error))
      return reply.code(errorKind(error.code).status).type(PROBLEM_TYPE).send(problem)
    },
  )

  app.get('/metrics', { schema: metrics, logLevel: 'warn' }, async (_request, reply) => {
    if (registry === undefined) throw new ProblemError('not-found', 'This gateway measures nothing.')
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
