import { isErrorCode, ProblemError } from '@crp-serve/contracts'
import { type JobQueue, openJobQueue } from '@crp-serve/queue'
import { type ObjectStore, openObjectStore } from '@crp-serve/storage'
import fp from 'fastify-plugin'
import type { GatewayOptions } from '../options.ts'

/** Jobs, with the store of their requests and results. */
export interface Jobs {
  readonly queue: JobQueue
  readonly store: ObjectStore
  /** Most rows of a request that becomes a job. */
  readonly maxRows: number
  /** Aborts when the app closes: whoever watches a job is let go then. */
  readonly closing: AbortSignal
}

declare module 'fastify' {
  interface FastifyInstance {
    /** @throws ProblemError `jobs-unavailable` where the gateway was started without a queue */
    jobs(): Jobs
    /** Whether there is a queue. */
    takesJobs: boolean
  }
}

/** What is wrong with the store, in words for everybody: errors of the file system name paths. */
const shown = (error: { readonly code?: unknown }): unknown =>
  isErrorCode(error.code) ? error : new Error('the object store cannot be used', { cause: error })

/** The queue of jobs and the object store, closed with the app. */
export const jobs = fp<GatewayOptions>(async (app, { jobs: options }) => {
  app.decorate('takesJobs', options !== undefined)
  if (options === undefined) {
    app.decorate('jobs', (): Jobs => {
      throw new ProblemError('jobs-unavailable', 'This gateway was started without a queue (QUEUE_URL).')
    })
    return
  }
  const closing = new AbortController()
  const opened: Jobs = {
    queue: openJobQueue({
      url: options.queueUrl,
      onError: (err) => app.log.warn({ err }, 'the connection to the queue'),
    }),
    store: await openObjectStore(options.store),
    maxRows: options.maxRows,
    closing: closing.signal,
  }
  app.decorate('jobs', () => opened)
  app.readiness.add('queue', async () => {
    if (await opened.queue.ready()) return {}
    throw new Error('the queue of jobs does not answer')
  })
  app.readiness.add('store', async () => {
    await opened.store.check().catch((error) => Promise.reject(shown(error)))
    return {}
  })
  app.addHook('preClose', async () => closing.abort())
  app.addHook('onClose', () => opened.queue.close())
})
