import {
  Dataset,
  DatasetItemList,
  DatasetItemQuery,
  DatasetItemsQuery,
  DatasetList,
  DatasetRequest,
  PageQuery,
  validate,
} from '@crp-serve/contracts'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { DatasetParams, datasetPath } from '../dataset-name.ts'
import { passJson, passTo, passUpload } from '../engine/passing.ts'
import { datasetBody } from '../openapi/dataset-parts.ts'
import { binaryResponse, jsonResponse, problemResponses } from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'

const tags = ['Data sets']
const placeProblems = ['unknown-dataset', 'dataset-place-not-allowed', 'dataset-place-missing'] as const

const list = {
  operationId: 'listDatasets',
  tags,
  summary: 'List data sets',
  querystring: PageQuery,
  response: {
    200: jsonResponse('A page of data sets.', DatasetList),
    ...problemResponses(['validation-failed']),
  },
}
const create = {
  operationId: 'createDataset',
  tags,
  summary: 'Register or upload a data set',
  body: datasetBody,
  response: {
    200: jsonResponse('The same data set was there already.', Dataset),
    201: jsonResponse('Created; `Location` holds its path.', Dataset),
    ...problemResponses([
      'malformed-multipart',
      'malformed-json',
      'malformed-content-encoding',
      'body-too-large',
      'unsupported-content-encoding',
      'unsupported-media-type',
      'validation-failed',
      'part-missing',
      'dataset-name-conflict',
      'dataset-too-large',
      'dataset-unreadable',
      'dataset-invalid',
      'dataset-empty',
      'dataset-place-not-allowed',
      'dataset-place-missing',
      'overloaded',
      'engine-crashed',
      'engine-killed',
    ]),
  },
}
const one = (operationId: string, summary: string) => ({ operationId, tags, summary, params: DatasetParams })
const read = {
  ...one('getDataset', 'Describe a data set'),
  response: {
    200: jsonResponse('The data set.', Dataset),
    ...problemResponses(['unknown-dataset']),
  },
}
const remove = {
  ...one('deleteDataset', 'Delete a data set; files in a directory or in S3 stay'),
  response: {
    204: { description: 'Deleted.', type: 'null' },
    ...problemResponses(['unknown-dataset']),
  },
}
const items = {
  ...one('listDatasetItems', 'List the samples of a data set'),
  querystring: DatasetItemsQuery,
  response: {
    200: jsonResponse('A page of samples.', DatasetItemList),
    ...problemResponses(['validation-failed', ...placeProblems]),
  },
}
const item = {
  ...one('getDatasetItem', 'Get a sample: the image, a thumbnail of it, or the tensor as .npy'),
  params: Type.Object({
    ...DatasetParams.properties,
    index: Type.String({ description: 'Counts the samples from 0.' }),
  }),
  querystring: DatasetItemQuery,
  response: {
    200: binaryResponse('The sample.', [...['image/jpeg', 'image/png', 'image/webp', 'application/x-npy']]),
    304: { description: 'The client has it already (`If-None-Match`).', type: 'null' },
    ...problemResponses([
      'validation-failed',
      'unknown-dataset-item',
      'dataset-changed',
      'image-not-supported',
      'image-truncated',
      'image-too-large',
      'overloaded',
      'engine-crashed',
      'engine-killed',
      ...placeProblems,
    ]),
  },
}

const isJson = (request: FastifyRequest): boolean => !request.isMultipart()

/** `/datasets`: what the worker keeps; the gateway never looks into an archive or an image. */
export const datasets =
  ({ requestTimeoutMs }: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    const path = '/v1/datasets'
    const pass = (pathOf: (request: FastifyRequest) => string) => passTo(app, requestTimeoutMs, pathOf)
    const uploaded = passUpload(app, path)
    const placed = passJson(app, path, (body) => validate(DatasetRequest, body))

    app.get(
      '/datasets',
      { schema: list },
      pass(() => path),
    )
    app.post('/datasets', { schema: create, config: { streamed: true } }, (request, reply) =>
      (isJson(request) ? placed : uploaded)(request, reply),
    )
    app.get('/datasets/:dataset', { schema: read }, pass(datasetPath))
    app.delete('/datasets/:dataset', { schema: remove }, pass(datasetPath))
    app.get(
      '/datasets/:dataset/items',
      { schema: items },
      pass((request) => `${datasetPath(request)}/items`),
    )
    app.get(
      '/datasets/:dataset/items/:index',
      { schema: item },
      pass((request) => {
        const { index } = request.params as { index: string }
        return `${datasetPath(request)}/items/${encodeURIComponent(index)}`
      }),
    )
  }
