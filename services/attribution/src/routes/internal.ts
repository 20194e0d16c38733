import {
  type AttributionGraphTask,
  type AttributionTask,
  type FeatureVisualizationOrder,
  internalRoutes,
  type PredictionTask,
} from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import type { Admission } from '../admission.ts'
import type { AppOptions } from '../options.ts'
import { admitting } from '../plugins/admission.ts'
import { sendEnvelope } from '../plugins/envelopes.ts'
import { workOf } from '../work.ts'

/** What only the gateway calls; it has validated the tasks (libs/contracts, internal.ts). */
export const internal: FastifyPluginAsync<AppOptions & { admission: Admission }> = async (
  app,
  { engine, requestTimeoutMs, admission },
) => {
  await app.register(admitting, { admission })

  app.post(internalRoutes.attributions, async (request, reply) => {
    const work = workOf(request, reply, requestTimeoutMs)
    return sendEnvelope(reply, await engine.attribute(request.body as AttributionTask, work))
  })

  app.post(internalRoutes.attributionGraphs, async (request, reply) => {
    const work = workOf(request, reply, requestTimeoutMs)
    return sendEnvelope(reply, await engine.attributionGraph(request.body as AttributionGraphTask, work))
  })

  app.post(internalRoutes.featureVisualizations, async (request, reply) =>
    sendEnvelope(reply, await engine.collections.plan(request.body as FeatureVisualizationOrder)),
  )

  app.post<{ Params: { model: string } }>('/internal/predictions/:model', async (request, reply) => {
    const work = workOf(request, reply, requestTimeoutMs)
    return sendEnvelope(
      reply,
      await engine.predict(request.params.model, request.body as PredictionTask, work),
    )
  })
}
