import { internalRoutes, type Load } from '@crp-serve/contracts'
import fp from 'fastify-plugin'

/** `/internal/load`: how many interactive requests are being answered, for those who work in the background. */
export const load = fp(async (app) => {
  let inFlight = 0
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'POST' || !request.url.startsWith('/internal/')) return
    inFlight++
    // The connection also closes, or becomes free, where the caller goes away before the answer.
    reply.raw.once('close', () => inFlight--)
  })
  app.get(internalRoutes.load, async (): Promise<Load> => ({ in_flight: inFlight }))
})
