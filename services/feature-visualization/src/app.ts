import { httpMetrics, type Registry } from '@crp-serve/telemetry'
import Fastify, { type FastifyInstance } from 'fastify'

export interface HealthOptions {
  /** Whether jobs can be taken: the queue answers, and there are processes to compute in. */
  readonly ready: () => Promise<boolean>
  readonly registry: Registry
}

/** `/healthz`: the process answers. `/readyz`: it takes jobs. `/metrics`: for Prometheus. */
export function createApp({ ready, registry }: HealthOptions): FastifyInstance {
  const app = Fastify()
  app.register(httpMetrics, { registry })
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    if (await ready()) return { status: 'ready' }
    return reply.code(503).header('retry-after', 5).send({ status: 'not ready' })
  })
  app.get('/metrics', async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics())
  })
  return app
}
