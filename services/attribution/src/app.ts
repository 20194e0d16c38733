import { REQUEST_ID_HEADER } from '@crp-serve/contracts'
import { httpMetrics, requestId } from '@crp-serve/telemetry'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { Admission } from './admission.ts'
import type { AppOptions } from './options.ts'
import { closing } from './plugins/closing.ts'
import { envelopes } from './plugins/envelopes.ts'
import { load } from './plugins/load.ts'
import { problems } from './plugins/problems.ts'
import { datasets } from './routes/datasets.ts'
import { internal } from './routes/internal.ts'
import { models } from './routes/models.ts'
import { operations } from './routes/operations.ts'
import { references } from './routes/references.ts'
import { runArchives } from './routes/run-archives.ts'

const serverOptions = ({ logger, maxBodyBytes }: AppOptions): FastifyServerOptions => ({
  ...(logger === undefined ? {} : { loggerInstance: logger }),
  bodyLimit: maxBodyBytes,
  requestIdHeader: false,
  genReqId: (raw) => requestId(raw.headers[REQUEST_ID_HEADER]),
  routerOptions: { maxParamLength: 512 },
  // The `closing` plugin answers with a problem document instead.
  return503OnClosing: false,
})

/** The attribution worker as a Fastify app that listens nowhere yet. It does not close the engine. */
export function createApp(options: AppOptions): FastifyInstance {
  const app = Fastify(serverOptions(options))
  options.tracing?.instrument(app)
  app.register(httpMetrics, options)
  app.addHook('onRequest', async (request, reply) => {
    reply.header(REQUEST_ID_HEADER, request.id)
  })
  app.register(problems)
  app.register(closing)
  app.register(load)
  app.register(envelopes, options)
  const { queueLimit: requests, queueBytes: bytes } = options
  const admission = new Admission({ requests, bytes })
  app.register(operations, { ...options, admission })
  app.register(models, options)
  app.register(datasets, options)
  app.register(references, options)
  app.register(runArchives, options)
  app.register(internal, { ...options, admission })
  return app
}
