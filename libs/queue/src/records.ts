import type { JobKind, JobStatus, Problem } from '@crp-serve/contracts'
import type { BullJob } from './connection.ts'
import type { JobResult } from './handlers.ts'
import type { JobPayloads, TaskKind, Tasks } from './kinds.ts'

/** Tasks that a job waits for, or has waited for. */
export interface StepRecord {
  /** How many steps came before; the order of keys tells nothing, since PostgreSQL keeps none. */
  readonly index: number
  readonly kind: TaskKind
  readonly weights: readonly number[]
  /** When they were given out, milliseconds since the epoch. */
  readonly since: number
}

/** What is kept with a job. Only the worker that holds the job writes to it. */
export interface JobRecord {
  readonly payload: JobPayloads[JobKind]
  readonly digest: string | null
  /** Tells a job that was started anew from its earlier self. */
  readonly run: string
  /** When a worker first took it, milliseconds since the epoch. */
  readonly started: number | null
  /** Tasks by phase. */
  readonly steps: Readonly<Record<string, StepRecord>>
  /** Results of `once` by name. */
  readonly once: Readonly<Record<string, unknown>>
}

/** What is kept with a task. */
export interface TaskRecord {
  readonly job: string
  readonly run: string
  readonly payload: Tasks[TaskKind]['payload']
}

/** The progress of a job or a task. */
export interface Progress {
  readonly phase: string
  readonly done: number
  readonly total: number
  /** When the phase began, milliseconds since the epoch. */
  readonly since: number
}

/** How a job has ended. It is written once. */
export interface Outcome {
  readonly status: Exclude<JobStatus, 'queued' | 'running'>
  readonly result?: JobResult
  readonly error?: Problem
  readonly progress: { readonly done: number; readonly total: number }
}

/** The id of a task: it says whose it is, and which. Ids of BullMQ hold no colon. */
export const taskId = (job: string, run: string, step: number, index: number): string =>
  `${job}.${run}.${step}.${index}`

/** Whether a job of BullMQ has failed for good: the reason alone may be that of an earlier attempt. */
export const hasFailed = async (job: BullJob<unknown>): Promise<boolean> =>
  job.finishedOn !== undefined && Boolean(job.failedReason) && (await job.isFailed())

/** Whether a value that a job carries is a progress: BullMQ's own default is 0. */
export const isProgress = (value: unknown): value is Progress =>
  typeof value === 'object' && value !== null && 'phase' in value && 'since' in value
