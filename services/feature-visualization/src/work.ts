import type { JobWorkerConfig } from '@crp-serve/config'
import { jobPrefix } from '@crp-serve/contracts'
import type { Engine } from '@crp-serve/engine'
import { type JobWorker, startJobWorker } from '@crp-serve/queue'
import type { ObjectStore } from '@crp-serve/storage'
import type { JobMetrics, Logger } from '@crp-serve/telemetry'
import { createCourtesy, loadOf } from './courtesy.ts'
import { handlers } from './handlers/index.ts'
import { startSweeping } from './sweep.ts'

/** What the job worker is made of. */
export interface WorkOptions {
  readonly config: JobWorkerConfig & { readonly queueUrl: string }
  readonly engine: Engine
  readonly store: ObjectStore
  readonly log: Logger
  readonly metrics: JobMetrics
}

/** Starts to take jobs from the queue, and to remove what nobody needs any more. */
export function startWork({ config, engine, store, log, metrics }: WorkOptions): JobWorker {
  const courtesy = createCourtesy({ load: loadOf(config.attributionUrls), maxWaitMs: config.jobMaxWaitMs })
  const worker = startJobWorker({
    url: config.queueUrl,
    handlers: handlers({ engine, store, courtesy, metrics }),
    // While the results of a part are put in order and written, the engine computes for another one.
    concurrency: { jobs: config.jobConcurrency, tasks: config.jobConcurrency + 1 },
    lockMs: config.jobLockMs,
    retention: { ageMs: config.jobRetentionMs, count: config.jobRetentionCount },
    onForget: ({ id }) => store.deleteBelow(jobPrefix(id)),
    onError: (err) => log.warn({ err }, 'the connection to the queue'),
    onFailure: ({ error: err, ...failure }) =>
      failure.final
        ? log.error({ err, ...failure }, 'a job failed')
        : log.warn({ err, ...failure }, 'an attempt failed'),
  })
  const stopSweeping = startSweeping({ store, knows: worker.knows, ageMs: config.jobRetentionMs }, (err) =>
    log.warn({ err }, 'what nobody needs could not be removed'),
  )
  return {
    ...worker,
    close(graceMs) {
      stopSweeping()
      return worker.close(graceMs)
    },
  }
}
