import { INFERENCE_HEADER_LENGTH, REQUEST_ID_HEADER } from '@crp-serve/contracts'
import fastifyCors from '@fastify/cors'
import fp from 'fastify-plugin'
import type { GatewayOptions } from '../options.ts'

/** Answers to pages of other origins, where some are allowed. */
export const cors = fp<GatewayOptions>(async (app, { corsOrigins }) => {
  if (!corsOrigins?.length) return
  await app.register(fastifyCors, {
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    exposedHeaders: [
      REQUEST_ID_HEADER,
      INFERENCE_HEADER_LENGTH,
      'location',
      'retry-after',
      'www-authenticate',
    ],
    maxAge: 600,
  })
})
