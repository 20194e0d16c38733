import {
  isFinal,
  type Job,
  type JobKind,
  type JobStatus,
  type Problem,
  ProblemError,
  toProblem,
} from '@crp-serve/contracts'
import type { BullJob } from './connection.ts'
import type { Settled } from './outcomes.ts'
import { isProgress, type JobRecord, type Progress, type TaskRecord } from './records.ts'

const moment = (at: number): string => new Date(at).toISOString()

/** The job that BullMQ gave up without any handler: its workers died again and again. */
const lost = (reason: string): Problem =>
  toProblem(new ProblemError('job-lost', `The job was given up: ${reason}.`))

/** How a job has ended that has failed although no outcome was written. */
export function givenUp({ finishedOn, failedReason, progress }: BullJob<JobRecord>): Settled {
  const { done, total } = isProgress(progress) ? progress : { done: 0, total: 0 }
  return { status: 'failed', error: lost(failedReason), progress: { done, total }, at: finishedOn! }
}

/** Whole seconds that are left when the pace stays as it was; null where there was none yet. */
function etaSeconds({ done, total, since }: Progress, now: number): number | null {
  if (done <= 0 || total <= 0) return null
  return Math.max(0, Math.ceil((((now - since) / done) * (total - done)) / 1000))
}

/** Steps of a task that are done, in units of its weight. */
function doneOf(task: BullJob<TaskRecord> | undefined, weight: number): number {
  if (task === undefined) return 0
  if (task.finishedOn !== undefined) return weight
  const { progress } = task
  return isProgress(progress) && progress.total > 0 ? (weight * progress.done) / progress.total : 0
}

/** The progress of tasks together. */
export function progressOfTasks(
  phase: string,
  { since, weights }: { since: number; weights: readonly number[] },
  tasks: readonly (BullJob<TaskRecord> | undefined)[],
): Progress {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
  const done = sum(weights.map((weight, i) => doneOf(tasks[i], weight)))
  return { phase, done: Math.floor(done), total: sum(weights), since }
}

function statusOf(job: BullJob<JobRecord>, outcome: Settled | undefined): JobStatus {
  if (outcome !== undefined) return outcome.status
  return job.data.started === null ? 'queued' : 'running'
}

/**
 * A job as the API shows it.
 * @param outcome how it has ended, if it has
 * @param progress of what is done now
 */
export function snapshot(
  job: BullJob<JobRecord>,
  outcome: Settled | undefined,
  progress: Progress | undefined,
  now = Date.now(),
): Job {
  const status = statusOf(job, outcome)
  const { started } = job.data
  const { done, total } = outcome?.progress ?? progress ?? { done: 0, total: 0 }
  return {
    id: job.id!,
    kind: job.name as JobKind,
    status,
    phase: status === 'running' && progress !== undefined ? progress.phase : status,
    progress: { done, total },
    eta_seconds: status === 'running' && progress !== undefined ? etaSeconds(progress, now) : null,
    created_at: moment(job.timestamp),
    started_at: started === null ? null : moment(started),
    finished_at: outcome !== undefined && isFinal(status) ? moment(outcome.at) : null,
    ...(outcome?.error === undefined ? {} : { error: outcome.error }),
    ...(outcome?.result === undefined ? {} : { result: { ...outcome.result } }),
  }
}
