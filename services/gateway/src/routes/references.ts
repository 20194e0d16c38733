import {
  ReferenceGridQuery,
  ReferenceImageQuery,
  ReferenceList,
  ReferenceQuery,
  StatisticsList,
  StatisticsQuery,
} from '@crp-serve/contracts'
import type { FastifyPluginAsync } from 'fastify'
import { passTo } from '../engine/passing.ts'
import { computationProblems, jsonResponse, pictureResponses, problemResponses } from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'

const tags = ['Feature visualization']

const scopeProblems = [
  'validation-failed',
  'unknown-model',
  'unknown-dataset',
  'unknown-feature-visualization',
  'feature-visualization-unfinished',
  'feature-visualization-outdated',
  'feature-visualization-invalid',
  'unknown-layer',
  'channel-out-of-range',
  'mode-not-collected',
  'target-not-collected',
] as const

const drawingProblems = [
  ...scopeProblems,
  ...computationProblems,
  'render-invalid',
  'colormap-invalid',
  'heatmap-not-finite',
  'dataset-changed',
] as const

const list = {
  operationId: 'listReferences',
  tags,
  summary: 'The samples that a concept is found in most',
  querystring: ReferenceQuery,
  response: {
    200: jsonResponse('References of one concept, or of every concept of a list.', ReferenceList),
    ...problemResponses([...drawingProblems, 'links-unavailable']),
  },
}
const image = {
  operationId: 'getReferenceImage',
  tags,
  summary: 'A reference as a picture',
  querystring: ReferenceImageQuery,
  response: {
    ...pictureResponses('The picture; `ETag` names everything that decides it.'),
    ...problemResponses([...drawingProblems, 'rank-out-of-range']),
  },
}
const grid = {
  operationId: 'getReferenceGrid',
  tags,
  summary: 'References of several concepts on one page',
  description:
    'A row for every concept, with its number in front. With `style=heatmap` the heatmaps stand below their samples.',
  querystring: ReferenceGridQuery,
  response: {
    ...pictureResponses('The page.'),
    ...problemResponses([...drawingProblems, 'too-many-rows']),
  },
}
const statistics = {
  operationId: 'listStatistics',
  tags,
  summary: 'The classes for which a concept matters most',
  querystring: StatisticsQuery,
  response: {
    200: jsonResponse('Classes, the highest first.', StatisticsList),
    ...problemResponses(scopeProblems),
  },
}

/** `/references` and `/statistics`: the worker reads the runs and draws. */
export const references =
  ({ requestTimeoutMs }: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    const pass = (path: string) => passTo(app, requestTimeoutMs, () => path)
    app.get('/references', { schema: list }, pass('/v1/references'))
    app.get('/references/image', { schema: image }, pass('/v1/references/image'))
    app.get('/references/grid', { schema: grid }, pass('/v1/references/grid'))
    app.get('/statistics', { schema: statistics }, pass('/v1/statistics'))
  }
