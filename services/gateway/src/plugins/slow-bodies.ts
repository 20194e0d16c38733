import { ProblemError } from '@crp-serve/contracts'
import fp from 'fastify-plugin'
import type { GatewayOptions } from '../options.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Ends the reading of a body that takes too long, where its reader answers for that itself. */
    giveUpBody: ((error: ProblemError) => void) | null
  }
}

/** Gives up bodies that do not arrive in time: a slow client may not hold a request open for long. */
export const slowBodies = fp<GatewayOptions>(async (app, { bodyTimeoutMs }) => {
  app.decorateRequest('giveUpBody', null)
  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request
    const hasBody =
      raw.headers['content-length'] !== undefined || raw.headers['transfer-encoding'] !== undefined
    if (!hasBody || request.routeOptions.config.streamed === true) return
    const timer = setTimeout(() => {
      if (raw.complete || reply.sent) return
      reply.header('connection', 'close')
      reply.raw.once('finish', () => raw.destroy())
      const late = new ProblemError('request-timeout', `The body was not complete after ${bodyTimeoutMs} ms.`)
      if (request.giveUpBody === null) reply.send(late)
      else request.giveUpBody(late)
    }, bodyTimeoutMs)
    raw.once('end', () => clearTimeout(timer))
    raw.once('close', () => clearTimeout(timer))
  })
})
