import fp from 'fastify-plugin'
import { createEngineClient, type EngineClient } from '../engine/client.ts'
import type { GatewayOptions } from '../options.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The attribution workers. */
    engine: EngineClient
  }
}

/** The connections to the attribution workers, closed with the app. */
export const engine = fp<GatewayOptions>(async (app, { attributionUrls }) => {
  const client = createEngineClient(attributionUrls)
  app.decorate('engine', client)
  app.readiness.add('engine', async () => {
    const found = await client.ready()
    if (found.ready === 0) throw new Error(`none of ${found.workers} attribution workers is ready`)
    return found
  })
  app.addHook('onClose', () => client.close())
})
