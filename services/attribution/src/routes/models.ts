import { CompositeQuery, queriedComposite, validate } from '@crp-serve/contracts'
import multipart from '@fastify/multipart'
import type { FastifyPluginAsync } from 'fastify'
import type { AppOptions } from '../options.ts'
import { pageOf } from '../page.ts'
import { registerUpload, uploadLimits } from './upload.ts'

interface ModelRoute {
  Params: { model: string }
}

/** `/v1/models`, as the client gets it. */
export const models: FastifyPluginAsync<AppOptions> = async (app, { engine }) => {
  await app.register(multipart, { limits: uploadLimits, preservePath: true, throwFileSizeLimit: false })

  app.post('/v1/models', async (request, reply) => {
    const { created, model } = await registerUpload(request, engine.models)
    reply.header('location', `/v1/models/${encodeURIComponent(model.name)}`)
    return reply.code(created ? 201 : 200).send(model)
  })

  app.get('/v1/models', (request) => {
    const { limit, cursor } = pageOf(request.query)
    return engine.models.list(limit, cursor)
  })

  app.get<ModelRoute>('/v1/models/:model', ({ params }) => engine.models.get(params.model))

  app.delete<ModelRoute>('/v1/models/:model', async ({ params }, reply) => {
    await engine.models.delete(params.model)
    return reply.code(204).send()
  })

  app.get<ModelRoute>('/v1/models/:model/layers', async ({ params, query }) => {
    const { given, task } = queriedComposite(validate(CompositeQuery, query).composite)
    return {
      model: params.model,
      composite: given,
      layers: await engine.models.layers(params.model, task),
    }
  })

  app.get<ModelRoute>('/v1/models/:model/support', async ({ params, query }) => {
    const { given, task } = queriedComposite(validate(CompositeQuery, query).composite)
    return { model: params.model, composite: given, ...(await engine.models.support(params.model, task)) }
  })
}
