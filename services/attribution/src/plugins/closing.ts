import { ProblemError } from '@crp-serve/contracts'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the service was told to stop: it still answers, but wants no new requests. */
    readonly draining: () => boolean
    /** Tells balancers to look elsewhere: `/readyz` answers 503 from now on, and connections end with their next answer. */
    readonly drain: () => void
  }
}

/**
 * Requests in flight are answered while the app closes; requests that arrive after that, on connections that are still
 * open, are told to come back.
 */
export const closing = fp(async (app) => {
  let isDraining = false
  let isClosing = false
  app.decorate('draining', () => isDraining)
  app.decorate('drain', () => {
    isDraining = true
  })
  app.addHook('preClose', async () => {
    isDraining = true
    isClosing = true
  })
  app.addHook('onSend', async (_request, reply) => {
    // Else the connection would be kept alive, and the server with it.
    if (isDraining) reply.header('connection', 'close')
  })
  app.addHook('onRequest', async () => {
    if (!isClosing) return
    throw new ProblemError('shutting-down', 'The worker is shutting down; try again on a new connection.')
  })
})
