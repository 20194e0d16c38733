import type { JobKind } from '@crp-serve/contracts'
import type { JobPayloads, TaskKind, Tasks } from './kinds.ts'

/** What the handler of a job and that of a task have in common. */
export interface WorkContext<P> {
  /** `id` is the job's, in its tasks too. `attempt` counts from 1. */
  readonly job: { readonly id: string; readonly attempt: number }
  readonly payload: P
  /**
   * Aborts when the job is cancelled by any process, has failed in another part, is taken over by another worker because
   * this one was too slow to keep its lock, or when this worker shuts down. The handler then throws, best the signal's
   * own reason, and leaves nothing half-written behind.
   */
  readonly signal: AbortSignal
  /**
   * Tells how far the work is; cheap, may be called as often as one likes.
   * @param phase of the job; the tasks of a job are counted in the phase of the job that waits for them
   */
  progress(done: number, total: number, phase?: string): void
}

/** A task to be done, with its share in the progress of all of them. */
export interface TaskOrder<K extends TaskKind> {
  readonly payload: Tasks[K]['payload']
  /** Steps that the task counts for; 1 by default. Its own `progress` is scaled to it. */
  readonly weight?: number
}

/**
 * What the handler of a job works with. The handler reads like one program, but it is run again from its beginning after
 * each `tasks` call and after every crash: whatever stands between is wrapped in `once`, or can be done twice.
 */
export interface JobContext<P> extends WorkContext<P> {
  /**
   * Does a piece of work once: its result (JSON) is kept with the job and given back when the handler runs again. A crash
   * between the work and the keeping of its result does the work a second time.
   * @param name another one for every piece
   */
  once<T>(name: string, work: () => Promise<T>): Promise<T>
  /**
   * Has tasks done by any workers and gives their results in the order of `orders`. Each is tried again on its own when
   * it fails; when one fails for good, the job does, and the others are aborted.
   * @param phase names the tasks in the job's `phase`; another one for every call
   */
  tasks<K extends TaskKind>(
    phase: string,
    kind: K,
    orders: readonly TaskOrder<K>[],
  ): Promise<Tasks[K]['result'][]>
}

/** Links to what came out, by name: paths of the public API. */
export type JobResult = Readonly<Record<string, string>>

/**
 * Does a job. An error of the error table with a status below 500 is the client's: it fails the job at once. Others are
 * tried again, later and later.
 */
export type JobHandler<K extends JobKind> = (context: JobContext<JobPayloads[K]>) => Promise<JobResult>

/** Does a part of a job, on any worker. It may be done twice, so that it must come to the same end. */
export type TaskHandler<K extends TaskKind> = (
  context: WorkContext<Tasks[K]['payload']>,
) => Promise<Tasks[K]['result']>

/** A handler for every kind. */
export interface Handlers {
  readonly jobs: { readonly [K in JobKind]: JobHandler<K> }
  readonly tasks: { readonly [K in TaskKind]: TaskHandler<K> }
}
