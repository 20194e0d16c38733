import fp from 'fastify-plugin'
import type { Admission } from '../admission.ts'
import { tenantOf } from '../work.ts'

/** Requests of these routes are admitted before their bodies are read, or refused. */
export const admitting = fp<{ admission: Admission }>(async (app, { admission }) => {
  app.addHook('onRequest', async (request, reply) => {
    const bytes = Number(request.headers['content-length'] ?? 0)
    reply.raw.once('close', admission.admit(tenantOf(request), bytes))
  })
})
