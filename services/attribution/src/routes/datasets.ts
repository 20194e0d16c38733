import { DatasetItemQuery, DatasetMetadata, DatasetRequest, problemAt, validate } from '@crp-serve/contracts'
import type { DatasetRegistration, DatasetService } from '@crp-serve/engine'
import multipart from '@fastify/multipart'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { archiveLimits, receiveArchive } from '../archive.ts'
import type { AppOptions } from '../options.ts'
import { pageOf, withNumbers } from '../page.ts'
import { goneSignal, workOf } from '../work.ts'

interface DatasetRoute {
  Params: { dataset: string }
}
interface ItemRoute {
  Params: { dataset: string; index: string }
}

/** To be asked for again, at the price of a 304: another data set may get the name. */
const revalidated = 'public, no-cache'

async function registerArchive(
  request: FastifyRequest,
  datasets: DatasetService,
  signal: AbortSignal,
): Promise<DatasetRegistration> {
  return receiveArchive(request, await datasets.begin(), (upload, json) =>
    datasets.registerArchive(upload, validate(DatasetMetadata, json), signal),
  )
}

/** The index in a path. Throws `unknown-dataset-item` for what is no index. */
function indexOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw problemAt(
    'unknown-dataset-item',
    '',
    `a sample goes by its index, counted from 0, not by ${JSON.stringify(text)}`,
  )
}

/** `/v1/datasets`, as the client gets it. */
export const datasets: FastifyPluginAsync<AppOptions> = async (app, { engine, requestTimeoutMs }) => {
  await app.register(multipart, { limits: archiveLimits, throwFileSizeLimit: false })

  app.post('/v1/datasets', async (request, reply) => {
    const signal = goneSignal(reply)
    const { created, dataset } = request.isMultipart()
      ? await registerArchive(request, engine.datasets, signal)
      : await engine.datasets.registerPlace(validate(DatasetRequest, request.body), signal)
    reply.header('location', `/v1/datasets/${encodeURIComponent(dataset.name)}`)
    return reply.code(created ? 201 : 200).send(dataset)
  })

  app.get('/v1/datasets', ({ query }) => {
    const { limit, cursor } = pageOf(query)
    return engine.datasets.list(limit, cursor)
  })

  app.get<DatasetRoute>('/v1/datasets/:dataset', ({ params }) => engine.datasets.get(params.dataset))

  app.delete<DatasetRoute>('/v1/datasets/:dataset', async ({ params }, reply) => {
    await engine.datasets.delete(params.dataset)
    return reply.code(204).send()
  })

  app.get<DatasetRoute>('/v1/datasets/:dataset/items', ({ params, query }) => {
    const { limit, cursor } = pageOf(query)
    return engine.datasets.items(params.dataset, limit, cursor)
  })

  app.get<ItemRoute>('/v1/datasets/:dataset/items/:index', async (request, reply) => {
    const { dataset, index } = request.params
    const { thumbnail } = validate(DatasetItemQuery, withNumbers(request.query, 'thumbnail'))
    const sample = await engine.datasets.item(dataset, indexOf(index), thumbnail)
    reply.headers({ etag: sample.etag, 'cache-control': revalidated })
    if (hasTag(request.headers['if-none-match'], sample.etag)) return reply.code(304).send()
    try {
      const { bytes, type } = await sample.read(workOf(request, reply, requestTimeoutMs))
      return reply.type(type).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    } catch (error) {
      reply.removeHeader('etag')
      reply.removeHeader('cache-control')
      throw error
    }
  })
}

/** Whether an `If-None-Match` header names the tag (RFC 9110, section 13.1.2). */
const hasTag = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))
