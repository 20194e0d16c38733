import fp from 'fastify-plugin'
import { createEngineClient, type EngineClient } from '../engine/client.ts'
import type { GatewayOptions } from '../options.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The attribution worker. */
    engine: EngineClient
  }
}

/** The connection to the attribution worker, closed with the app. */
export const engine = fp<GatewayOptions>(async (app, { attributionUrl }) => {
  const client = createEngineClient(attributionUrl)
  app.decorate('engine', client)
  app.addHook('onClose', () => client.close())
})
