import {
  type FeatureVisualizationManifest,
  type FeatureVisualizationRun,
  type FeatureVisualizationTask,
  pendingManifestKey,
  pictureTask,
  visualizationResult,
} from '@crp-serve/contracts'
import type { TaskOrder } from '@crp-serve/queue'
import type { ObjectStore } from '@crp-serve/storage'
import { jobHandler, taskHandler } from './entry.ts'

/** Concepts of one task of rendering. */
const conceptsPerTask = 16

type ReferencesOrder = TaskOrder<'feature-visualization-references'>

async function readJson<T>(store: ObjectStore, key: string): Promise<T> {
  return JSON.parse(Buffer.from(await store.get(key)).toString()) as T
}

const readRun = (store: ObjectStore, key: string) => readJson<FeatureVisualizationRun>(store, key)

/** The concepts whose references are rendered ahead, layer by layer. */
function referenced({
  references,
  layers,
}: FeatureVisualizationTask): (readonly [string, readonly number[]])[] {
  const { concepts } = references
  if (concepts === 'none') return []
  if (concepts !== 'all') return Object.entries(concepts)
  return layers.map(
    ({ name, concepts: count }) => [name, Array.from({ length: count }, (_, i) => i)] as const,
  )
}

function renderOrders(request: string, task: FeatureVisualizationTask): ReferencesOrder[] {
  return referenced(task).flatMap(([layer, concepts]) =>
    Array.from({ length: Math.ceil(concepts.length / conceptsPerTask) }, (_, i) => {
      const some = concepts.slice(i * conceptsPerTask, (i + 1) * conceptsPerTask)
      return { payload: { request, layer, concepts: some }, weight: some.length }
    }),
  )
}

/**
 * A feature visualization: its samples are collected in shards by any workers and merged by one, pictures are rendered by
 * any, and the manifest comes last.
 */
export const featureVisualization = jobHandler(
  'feature-visualization',
  ({ engine: { collections }, store }) =>
    async ({ payload, signal, progress, tasks, once }) => {
      const { request } = payload
      const run = await readRun(store, request)
      if (await collections.isPublished(run.id)) return visualizationResult(run.id)
      const shards = await tasks(
        'collection',
        'feature-visualization-shard',
        collections.ranges(run.task).map((range) => ({
          payload: { request, ...range },
          weight: range.to - range.from,
        })),
      )
      const pending = pendingManifestKey(run.id)
      await once('merging', async () => {
        const keys = shards.map(({ key }) => key)
        const merged = await collections.merge(run, keys, {
          signal,
          progress: (done, total) => progress(done, total, 'merging'),
        })
        await store.put(pending, Buffer.from(JSON.stringify(merged)))
        return null
      })
      const orders = renderOrders(request, run.task)
      if (orders.length > 0) await tasks('rendering', 'feature-visualization-references', orders)
      signal.throwIfAborted()
      await collections.publish(await readJson<FeatureVisualizationManifest>(store, pending))
      return visualizationResult(run.id)
    },
)

/** The collection of a range of samples. It lets interactive requests go first between two batches. */
export const shard = taskHandler(
  'feature-visualization-shard',
  ({ engine: { collections }, store, courtesy }) =>
    async ({ payload: { request, from, to }, signal, progress }) => {
      const run = await readRun(store, request)
      const key = await collections.shard(
        run,
        { from, to },
        {
          signal,
          between: () => courtesy(signal),
          progress: (done) => progress(done, to - from),
        },
      )
      return { key }
    },
)

/** The pictures of the best samples of some concepts, in every mode that was collected. */
export const references = taskHandler(
  'feature-visualization-references',
  ({ engine: { visualizations }, store, courtesy }) =>
    async ({ payload: { request, layer, concepts }, signal, progress }) => {
      const { id, task } = await readRun(store, request)
      const manifest = await readJson<FeatureVisualizationManifest>(store, pendingManifestKey(id))
      const { count, style, receptive_field } = task.references
      const picture = pictureTask({ style, crop: receptive_field ? 'field' : 'none' })
      const total = concepts.length * manifest.modes.length
      let done = 0
      for (const mode of manifest.modes) {
        const order = { layer, mode, target: null, concepts, ranks: [0, count] as const, picture }
        await visualizations.render(manifest, order, { signal }, async () => {
          progress(++done, total)
          await courtesy(signal)
        })
      }
      return null
    },
)
