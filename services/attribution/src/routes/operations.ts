import { errorMessage, internalRoutes, ProblemError, type ReadinessChecks } from '@crp-serve/contracts'
import type { Engine } from '@crp-serve/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { Admission } from '../admission.ts'
import type { AppOptions } from '../options.ts'

async function storeCheck(engine: Engine): Promise<ReadinessChecks[string]> {
  try {
    await engine.checkStore()
    return { status: 'ok' }
  } catch (error) {
    return { status: 'failed', reason: errorMessage(error) }
  }
}

/** `/healthz`: the process answers. `/readyz`: it can compute, and what it needs answers. `/metrics`: for Prometheus. */
export const operations: FastifyPluginAsync<AppOptions & { admission: Admission }> = async (
  app,
  { engine, registry, admission, queueLimit },
) => {
  app.get('/healthz', async () => ({ status: 'ok' }))

  const look = async () => ({
    engine: engine.ready()
      ? { status: 'ok' as const, processes: engine.processes().runtime.length }
      : { status: 'failed' as const, reason: 'no engine process is ready' },
    store: await storeCheck(engine),
    queue: { status: 'ok' as const, requests: admission.requests, limit: queueLimit },
  })

  app.get(internalRoutes.ready, { logLevel: 'error' }, async () => {
    const checks = await look()
    const details = { checks }
    if (app.draining()) throw new ProblemError('shutting-down', 'The worker is shutting down.', { details })
    const failed = Object.entries(checks).flatMap(([name, { status }]) => (status === 'ok' ? [] : [name]))
    if (failed.length === 0) return { status: 'ready', checks }
    throw new ProblemError('not-ready', `Not ready: ${failed.join(', ')}.`, { details })
  })

  if (registry === undefined) return
  app.get('/metrics', { logLevel: 'warn' }, async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
