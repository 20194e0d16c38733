import { httpMetrics, requestId } from '@crp-serve/telemetry'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { GatewayOptions } from './options.ts'
import { access } from './plugins/access.ts'
import { bodies } from './plugins/bodies.ts'
import { closing } from './plugins/closing.ts'
import { compression } from './plugins/compression.ts'
import { cors } from './plugins/cors.ts'
import { decompression } from './plugins/decompression.ts'
import { engine } from './plugins/engine.ts'
import { headers } from './plugins/headers.ts'
import { images } from './plugins/images.ts'
import { jobs } from './plugins/jobs.ts'
import { limits } from './plugins/limits.ts'
import { methods } from './plugins/methods.ts'
import { openapi } from './plugins/openapi.ts'
import { answerBadPath, answerBrokenSocket, problems } from './plugins/problems.ts'
import { readiness } from './plugins/readiness.ts'
import { serialization } from './plugins/serialization.ts'
import { slowBodies } from './plugins/slow-bodies.ts'
import { tenants } from './plugins/tenants.ts'
import { routes } from './routes/index.ts'

/** Slowest that a request may arrive; uploads of models are the longest. */
const RECEIVE_TIMEOUT_MS = 30 * 60_000

/** Silence of a connection beyond the time that an answer may take: a client that neither sends nor reads is gone. */
const SILENCE_MS = 60_000

/** What setTimeout takes at most. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

const serverOptions = (options: GatewayOptions): FastifyServerOptions => ({
  ...(options.logger === undefined ? {} : { loggerInstance: options.logger }),
  bodyLimit: options.maxBodyBytes,
  requestTimeout: RECEIVE_TIMEOUT_MS,
  connectionTimeout: Math.min(options.requestTimeoutMs + SILENCE_MS, LONGEST_DELAY_MS),
  requestIdHeader: false,
  genReqId: (raw) => requestId(raw.headers['x-request-id']),
  routerOptions: { maxParamLength: 512 },
  // The `closing` plugin answers with a problem document instead.
  return503OnClosing: false,
  frameworkErrors: answerBadPath,
  clientErrorHandler: answerBrokenSocket,
})

/**
 * The gateway as a Fastify app that listens nowhere yet. Nothing is read from the environment.
 */
export function createApp(options: GatewayOptions): FastifyInstance {
  const app = Fastify(serverOptions(options))
  options.tracing?.instrument(app)
  app.register(httpMetrics, options)
  app.register(problems)
  app.register(headers)
  app.register(closing)
  app.register(readiness)
  app.register(tenants)
  app.register(cors, options)
  app.register(access, options)
  app.register(limits, options)
  app.register(slowBodies, options)
  app.register(serialization)
  app.register(compression)
  app.register(decompression, options)
  app.register(bodies, options)
  app.register(images, options)
  app.register(engine, options)
  app.register(jobs, options)
  app.register(openapi)
  app.register(methods, { routes: routes(options) })
  return app
}
