import { internalRoutes, ProblemError } from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import type { AppOptions } from '../options.ts'

/** `/healthz`: the process answers. `/readyz`: it can compute. `/metrics`: for Prometheus. */
export const operations: FastifyPluginAsync<AppOptions> = async (app, { engine, registry }) => {
  app.get('/healthz', async () => ({ status: 'ok' }))

  app.get(internalRoutes.ready, async () => {
    if (engine.ready()) return { status: 'ready' }
    throw new ProblemError('engine-unavailable', 'No engine process is ready.')
  })

  if (registry === undefined) return
  app.get('/metrics', { logLevel: 'warn' }, async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
