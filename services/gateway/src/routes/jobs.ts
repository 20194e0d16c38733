import { Readable } from 'node:stream'
import {
  AttributionGraphResponse,
  AttributionResponse,
  type ErrorCode,
  isFinal,
  Job,
  JobList,
  JobListQuery,
} from '@crp-serve/contracts'
import { jobStateId } from '@crp-serve/queue'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { withoutBody } from '../engine/passing.ts'
import { answerJob } from '../jobs/answer.ts'
import { EVENTS_TYPE, eventStream } from '../jobs/events.ts'
import { jobIdOf, unknownJob } from '../jobs/respond-async.ts'
import { NPZ_TYPE } from '../npz.ts'
import { exampleOf } from '../openapi/answers/index.ts'
import {
  attributionProblems,
  computationProblems,
  inputProblems,
  jsonResponse,
  ownProblemResponses,
  storeProblems,
} from '../openapi/parts.ts'
import type { GatewayOptions } from '../options.ts'

/** Jobs on a page where the client does not say. */
const defaultPage = 100

/** The error responses of a route that the gateway answers from the queue and the object store. */
const jobResponses = (codes: readonly ErrorCode[]) =>
  ownProblemResponses([...codes, 'jobs-unavailable', ...storeProblems])

const tags = ['Jobs']
const params = Type.Object({ id: Type.String({ description: 'Id of the job.' }) })
const one = (operationId: string, summary: string) => ({ operationId, tags, summary, params })
const list = {
  operationId: 'listJobs',
  tags,
  summary: 'List jobs',
  querystring: JobListQuery,
  response: {
    200: jsonResponse('A page of jobs, the newest first.', JobList),
    ...jobResponses(['validation-failed']),
  },
}
const read = {
  ...one('getJob', 'Tell where a job stands'),
  response: {
    200: jsonResponse('The job.', Job),
    ...jobResponses(['unknown-job']),
  },
}
const cancel = {
  ...one('cancelJob', 'Cancel a job'),
  description: 'Whichever process works on it stops. A job that has ended stays as it is.',
  response: {
    200: jsonResponse('The job as it is then.', Job, 'CancelledJob'),
    ...jobResponses(['unknown-job']),
  },
}
/** What `data` of an event holds is JSON of a job (JSON Schema, section 8: contents of strings). */
const JobEventData = Type.Unsafe<string>({
  type: 'string',
  contentMediaType: 'application/json',
  contentSchema: Job,
})
/** One event: generators of clients and validators read the schema of a stream of events as that of each. */
const JobEvent = Type.Object(
  { id: Type.String({ description: 'Names the state; to be sent as `Last-Event-ID`.' }), data: JobEventData },
  { title: 'JobEvent' },
)
const events = {
  ...one('watchJob', 'Watch a job'),
  description:
    'Server-Sent Events: the job now and after every change, until it has ended. `Last-Event-ID` goes on where a connection was lost; 204 says that there is nothing more to come.',
  response: {
    200: {
      description: 'One event per state; its data is the job.',
      content: { [EVENTS_TYPE]: { schema: JobEvent } },
    },
    204: { description: 'The last state is the one that the client has.', type: 'null' },
    ...jobResponses(['unknown-job']),
  },
}
const result = {
  ...one('getJobResult', 'Get what a job has come to'),
  description:
    'The very body that the synchronous route would have answered; the problem of a job that has failed.',
  response: {
    200: {
      description: 'By the kind of the job.',
      content: {
        'application/json': {
          schema: Type.Union([
            AttributionResponse,
            AttributionGraphResponse,
            Type.Record(Type.String(), Type.String()),
          ]),
          examples: exampleOf('AttributionResponse', 'AttributionGraphResponse'),
        },
        [NPZ_TYPE]: { schema: { type: 'string', contentMediaType: NPZ_TYPE } },
      },
    },
    ...jobResponses([
      'unknown-job',
      'job-not-finished',
      'job-cancelled',
      'job-lost',
      'engine-unavailable',
      'deadline-exceeded',
      ...inputProblems,
      ...computationProblems,
      ...attributionProblems,
    ]),
  },
}

const headerOf = (request: FastifyRequest, name: string): string | undefined =>
  [request.headers[name] ?? []].flat()[0]

/** `/jobs`: answered by the gateway itself, from the queue and the object store. */
export const jobs =
  (_options: GatewayOptions): FastifyPluginAsync =>
  async (app) => {
    async function found(request: FastifyRequest): Promise<Job> {
      const id = jobIdOf(request)
      const job = await app.jobs().queue.get(id)
      if (job === undefined) throw unknownJob(id)
      return job
    }

    app.get('/jobs', { schema: list }, async (request) => {
      const { limit = defaultPage, cursor, status } = request.query as JobListQuery
      const page = await app.jobs().queue.list(limit, cursor, status)
      return { jobs: page.jobs, ...(page.cursor === undefined ? {} : { next_cursor: page.cursor }) }
    })

    app.get('/jobs/:id', { schema: read }, found)

    app.delete('/jobs/:id', { schema: cancel }, async (request) => {
      const id = jobIdOf(request)
      const job = await app.jobs().queue.cancel(id)
      if (job === undefined) throw unknownJob(id)
      return job
    })

    app.get('/jobs/:id/result', { schema: result }, async (request, reply) =>
      answerJob(app.jobs().store, await found(request), reply, request.headers.accept),
    )

    app.get('/jobs/:id/events', { schema: events }, async (request, reply) => {
      const { queue, closing } = app.jobs()
      const job = await found(request)
      const after = headerOf(request, 'last-event-id')
      if (isFinal(job.status) && after === jobStateId(job)) return reply.code(204).send()
      reply.type(EVENTS_TYPE).header('cache-control', 'no-store').header('x-accel-buffering', 'no')
      if (request.method === 'HEAD') return withoutBody(reply)
      const signal = AbortSignal.any([closing, goneSignal(reply)])
      const stream = eventStream(queue.events(job.id, { signal, ...(after === undefined ? {} : { after }) }))
      return reply.send(Readable.from(stream))
    })
  }

/** Aborts when the connection closes. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return gone.signal
}
