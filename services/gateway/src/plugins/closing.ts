import { ProblemError } from '@crp-serve/contracts'
import fp from 'fastify-plugin'

/**
 * Requests in flight are answered while the app closes; requests that arrive after that, on connections that are still
 * open, are told to come back.
 */
export const closing = fp(async (app) => {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onSend', async (_request, reply) => {
    // Else the connection would be kept alive, and the server with it.
    if (isClosing) reply.header('connection', 'close')
  })
  app.addHook('onRequest', async () => {
    if (!isClosing) return
    throw new ProblemError('shutting-down', 'The service is shutting down; try again on a new connection.')
  })
})
