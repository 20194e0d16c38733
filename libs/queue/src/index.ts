/**
 * Jobs over BullMQ. `openJobQueue` is for those who submit and watch jobs, `startJobWorker` for those who do them; both
 * work on Redis, PostgreSQL and PGlite alike.
 *
 *     const queue = openJobQueue({ url: 'redis://127.0.0.1:6379' })
 *     const { job } = await queue.submit('attribution', { request: 'jobs/a1/request' }, { id: 'a1' })
 *     for await (const { job } of queue.events('a1')) console.log(job.status, job.phase, job.progress)
 *
 *     const worker = startJobWorker({ url, handlers: {
 *       jobs: {
 *         async 'feature-visualization'({ payload, tasks, once }) {
 *           const parts = await tasks('collect', 'feature-visualization-shard', [
 *             { payload: { request: payload.request, from: 0, to: 500 }, weight: 500 }, …])
 *           await once('merge', () => merge(parts))
 *           await tasks('render', 'feature-visualization-references', …)
 *           return { self: '/v1/feature-visualizations/a1' }
 *         }, …
 *       },
 *       tasks: {
 *         async 'feature-visualization-shard'({ payload, signal, progress }) { … progress(128, 500) … return { key } }, …
 *       },
 *     } })
 *
 * A job is one job of BullMQ for its whole life (it waits for its tasks there), and how it ends is one immutable record:
 * the first one to write it (success, failure, cancellation) has decided. So a job has one state, whatever its parts do.
 */
export type {
  Handlers,
  JobContext,
  JobHandler,
  JobResult,
  TaskHandler,
  TaskOrder,
  WorkContext,
} from './handlers.ts'
export type { JobEvent, JobPage, JobQueue, SubmitOptions, Submitted } from './job-queue.ts'
export { type JobPayloads, jobKinds, type TaskKind, type Tasks, taskKinds } from './kinds.ts'
export { jobStateId, openJobQueue, type QueueOptions } from './open-job-queue.ts'
export type { Failure } from './perform.ts'
export type { OnForget, Retention } from './retention.ts'
export { type JobWorker, startJobWorker, type WorkerOptions } from './worker.ts'
