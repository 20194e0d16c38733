import {
  ReferenceGridQuery,
  ReferenceImageQuery,
  ReferenceQuery,
  readQuery,
  referenceImageTask,
  referenceTask,
  StatisticsQuery,
  statisticsTask,
} from '@crp-serve/contracts'
import type { NamedPicture } from '@crp-serve/engine'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { AppOptions } from '../options.ts'
import { workOf } from '../work.ts'

/** A year: the same address never shows another picture, because a run never changes. */
const cacheForever = 'public, max-age=31536000, immutable'

/** Whether the client has what an entity tag stands for (RFC 9110, section 13.1.2: weak comparison). */
function isKnown(request: FastifyRequest, etag: string): boolean {
  const given = request.headers['if-none-match'] ?? ''
  return given.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}

/** Answers with a picture, which is not drawn for a client that has it. */
async function sendPicture(
  request: FastifyRequest,
  reply: FastifyReply,
  { hash, bytes }: NamedPicture,
  cacheControl: string,
): Promise<FastifyReply> {
  const etag = `"${hash}"`
  if (isKnown(request, etag))
    return reply.header('etag', etag).header('cache-control', cacheControl).code(304).send()
  const png = Buffer.from(await bytes())
  return reply.type('image/png').header('etag', etag).header('cache-control', cacheControl).send(png)
}

/** Where no run is named the newest answers, and that is another one some day. */
const cacheFor = (run: string | null): string => (run === null ? 'no-cache' : cacheForever)

/** `/v1/references` and `/v1/statistics`, as the client gets them. */
export const references: FastifyPluginAsync<AppOptions> = async (app, { engine, requestTimeoutMs }) => {
  const { visualizations } = engine

  app.get('/v1/references', (request, reply) => {
    const task = referenceTask(readQuery(ReferenceQuery, request.query))
    return visualizations.references(task, workOf(request, reply, requestTimeoutMs))
  })

  app.get('/v1/references/image', async (request, reply) => {
    const task = referenceImageTask(readQuery(ReferenceImageQuery, request.query))
    const picture = await visualizations.image(task, workOf(request, reply, requestTimeoutMs))
    return sendPicture(request, reply, picture, cacheFor(task.run))
  })

  app.get('/v1/references/grid', async (request, reply) => {
    const task = referenceTask(readQuery(ReferenceGridQuery, request.query))
    const picture = await visualizations.grid(task, workOf(request, reply, requestTimeoutMs))
    return sendPicture(request, reply, picture, cacheFor(task.run))
  })

  app.get('/v1/statistics', (request) =>
    visualizations.statistics(statisticsTask(readQuery(StatisticsQuery, request.query))),
  )
}
