import Fastify, { type FastifyInstance } from 'fastify'

export interface HealthOptions {
  /** Whether jobs can be taken: the queue answers, and there are processes to compute in. */
  readonly ready: () => Promise<boolean>
}

/** `/healthz`: the process answers. `/readyz`: it takes jobs. */
export function createApp({ ready }: HealthOptions): FastifyInstance {
  const app = Fastify()
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    if (await ready()) return { status: 'ready' }
    return reply.code(503).header('retry-after', 5).send({ status: 'not ready' })
  })
  return app
}
