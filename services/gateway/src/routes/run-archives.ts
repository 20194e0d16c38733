import { FeatureVisualizationImport, FeatureVisualizationManifest } from '@crp-serve/contracts'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { passTo, passUpload, requireMultipart } from '../engine/passing.ts'
import { binaryResponse, jsonResponse, problemResponses } from '../openapi/parts.ts'

const tags = ['Feature visualization']
const Archive = Type.Unsafe<Uint8Array>({ type: 'string', contentMediaType: 'application/zip' })
const params = Type.Object({ id: Type.String({ description: 'The id of the run.' }) })

const create = {
  operationId: 'importFeatureVisualization',
  tags,
  summary: 'Import a folder of zennit-crp as a finished run',
  description:
    'The archive holds what `FeatureVisualization.run` has written: `RelMax_sum_normed` and its sisters, at the top or in one folder. Every array is checked against the model and the data set.',
  body: {
    content: {
      'multipart/form-data': { schema: Type.Object({ metadata: FeatureVisualizationImport, data: Archive }) },
    },
  },
  response: {
    200: jsonResponse('The same run was there already.', FeatureVisualizationManifest),
    201: jsonResponse('Created; `Location` holds its path.', FeatureVisualizationManifest),
    ...problemResponses([
      'malformed-multipart',
      'malformed-json',
      'unsupported-media-type',
      'validation-failed',
      'part-missing',
      'body-too-large',
      'unknown-model',
      'unknown-dataset',
      'unknown-layer',
      'class-out-of-range',
      'rule-not-applicable',
      'rule-parameter-invalid',
      'feature-visualization-invalid',
    ]),
  },
}
const archive = {
  operationId: 'exportFeatureVisualization',
  tags,
  summary: 'A finished run as an archive that zennit-crp reads',
  params,
  response: {
    200: binaryResponse('The result tree with its manifest.', ['application/zip']),
    ...problemResponses(['unknown-feature-visualization', 'feature-visualization-unfinished']),
  },
}

const exportPath = (request: FastifyRequest): string => {
  const { id } = request.params as { readonly id: string }
  return `/v1/feature-visualizations/${encodeURIComponent(id)}/export`
}

/** `/feature-visualizations/import` and `/feature-visualizations/{id}/export`: archives are the worker's to read. */
export const runArchives = (): FastifyPluginAsync => async (app) => {
  app.post(
    '/feature-visualizations/import',
    { schema: create, config: { streamed: true }, onRequest: requireMultipart('data', 'metadata') },
    passUpload(app, '/v1/feature-visualizations/import'),
  )
  app.get('/feature-visualizations/:id/export', { schema: archive }, passTo(app, undefined, exportPath))
}
