import { ProblemError } from '@crp-serve/contracts'
import fp from 'fastify-plugin'
import type { GatewayOptions } from '../options.ts'

/** Gives up bodies that do not arrive in time: a slow client may not hold a request open for long. */
export const slowBodies = fp<GatewayOptions>(async (app, { bodyTimeoutMs }) => {
  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request
    const hasBody =
      raw.headers['content-length'] !== undefined || raw.headers['transfer-encoding'] !== undefined
    if (!hasBody || request.routeOptions.config.streamed === true) return
    const timer = setTimeout(() => {
      if (raw.complete || reply.sent) return
      reply.header('connection', 'close')
      reply.raw.once('finish', () => raw.destroy())
      reply.send(new ProblemError('request-timeout', `The body was not complete after ${bodyTimeoutMs} ms.`))
    }, bodyTimeoutMs)
    raw.once('end', () => clearTimeout(timer))
    raw.once('close', () => clearTimeout(timer))
  })
})
