import { ProblemError } from '@crp-serve/contracts'
import fp from 'fastify-plugin'

/**
 * Requests in flight are answered while the app closes; those that arrive after that on open connections are told to
 * come back.
 */
export const closing = fp(async (app) => {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onRequest', async (_request, reply) => {
    if (!isClosing) return
    reply.header('connection', 'close')
    throw new ProblemError('shutting-down', 'The worker is shutting down; try again on a new connection.')
  })
})
