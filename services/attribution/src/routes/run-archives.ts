import { FeatureVisualizationImport, validate } from '@crp-serve/contracts'
import multipart from '@fastify/multipart'
import type { FastifyPluginAsync } from 'fastify'
import { archiveLimits, receiveArchive } from '../archive.ts'
import type { AppOptions } from '../options.ts'
import { goneSignal } from '../work.ts'

interface RunRoute {
  Params: { id: string }
}

/** Runs as archives: `/v1/feature-visualizations/import` and `/{id}/export`; and the manifest, which the gateway asks for. */
export const runArchives: FastifyPluginAsync<AppOptions> = async (app, { engine }) => {
  const { visualizations } = engine
  await app.register(multipart, { limits: archiveLimits, throwFileSizeLimit: false })

  app.post('/v1/feature-visualizations/import', async (request, reply) => {
    const signal = goneSignal(reply)
    const { created, manifest } = await receiveArchive(
      request,
      await visualizations.begin(),
      (upload, json) => visualizations.import(upload, validate(FeatureVisualizationImport, json), signal),
    )
    reply.header('location', `/v1/feature-visualizations/${encodeURIComponent(manifest.id)}`)
    return reply.code(created ? 201 : 200).send(manifest)
  })

  app.get<RunRoute>('/v1/feature-visualizations/:id/manifest', ({ params }) =>
    visualizations.manifest(params.id),
  )

  app.get<RunRoute>('/v1/feature-visualizations/:id/export', async ({ params }, reply) => {
    const { id, stream } = await visualizations.archive(params.id)
    reply.header('content-disposition', `attachment; filename="${id}.zip"`)
    return reply.type('application/zip').send(stream)
  })
}
