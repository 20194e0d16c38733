import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { GatewayOptions } from '../options.ts'
import { attributionGraphs } from './attribution-graphs.ts'
import { attributions } from './attributions.ts'
import { datasets } from './datasets.ts'
import { featureVisualizations } from './feature-visualizations.ts'
import { inferenceProtocol } from './inference/index.ts'
import { jobs } from './jobs.ts'
import { kserve } from './kserve.ts'
import { models } from './models.ts'
import { operations } from './operations.ts'
import { predictions } from './predictions.ts'
import { problemPages } from './problem-pages.ts'
import { references } from './references.ts'
import { runArchives } from './run-archives.ts'

type Routes = (options: GatewayOptions) => FastifyPluginAsync

/** The resources of the API. A new one is one file and one line. */
const resources: readonly Routes[] = [
  models,
  datasets,
  predictions,
  attributions,
  attributionGraphs,
  featureVisualizations,
  jobs,
  references,
  runArchives,
  kserve,
]

const mount = (app: FastifyInstance, options: GatewayOptions) => {
  for (const resource of resources) app.register(resource(options))
}

/** All routes: the API under /v1 and, as the newest version, without prefix; then what has no version. */
export const routes: Routes = (options) => async (app) => {
  app.register(async (v1) => mount(v1, options), { prefix: '/v1' })
  app.register(async (newest) => {
    newest.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true }
    })
    mount(newest, options)
  })
  app.register(inferenceProtocol(options), { prefix: '/v2' })
  app.register(operations, options)
  app.register(problemPages)
}
