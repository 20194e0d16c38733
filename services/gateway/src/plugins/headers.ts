import { REQUEST_ID_HEADER } from '@crp-serve/contracts'
import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'

/** Headers of every answer: the request's id, and what keeps browsers from misusing an answer. */
export const headers = fp(async (app) => {
  app.addHook('onRequest', async (request, reply) => {
    reply.header(REQUEST_ID_HEADER, request.id)
  })
  await app.register(helmet, {
    // Answers are data, never pages; Swagger UI sets a policy of its own.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    // Whether there is TLS in front is not ours to say.
    hsts: false,
  })
})
