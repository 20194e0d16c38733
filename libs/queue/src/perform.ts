import { ProblemError, toProblem } from '@crp-serve/contracts'
import { UnrecoverableError, WaitingChildrenError, WaitingError } from 'bullmq'
import type { BullJob } from './connection.ts'
import { Interruption } from './errors.ts'
import type { Queues } from './reader.ts'
import { isProgress, type Progress } from './records.ts'
import { isBadInput } from './retries.ts'
import { type Watch, watch } from './watch.ts'

/** What every process that works on jobs has. */
export interface Shop {
  readonly queues: Queues
  /** Milliseconds between two looks at whether a job that is worked on has ended elsewhere. */
  readonly pollMs: number
  /** Pause before a task that has failed is tried again, milliseconds. */
  readonly retryMs: number
  /** What is at work here, by the id in BullMQ. */
  readonly active: Map<string, Watch>
  /** Told about every error of a handler. */
  readonly onFailure: (failure: Failure) => void
}

/** An attempt that has failed. */
export interface Failure {
  readonly job: string
  readonly attempt: number
  /** Whether the job fails with it. */
  readonly final: boolean
  readonly error: unknown
}

interface Work<D, R> {
  readonly bull: BullJob<D>
  readonly token: string | undefined
  readonly job: { readonly id: string; readonly run: string }
  readonly run: (watch: Watch) => Promise<R>
}

const zero = { done: 0, total: 0 }
const doneSoFar = (progress: unknown) =>
  isProgress(progress) ? { done: (progress as Progress).done, total: (progress as Progress).total } : zero

/**
 * Does a job or a task: not at all where the job has ended already; given back where this process closes; with an
 * outcome where it has failed for good. What it throws tells BullMQ what to do next.
 */
export async function perform<D, R>(shop: Shop, work: Work<D, R>): Promise<R | null> {
  const { bull, job } = work
  if ((await shop.queues.outcomes.read(job.id, job.run)) !== undefined) return null
  const watching = watch(shop.queues.outcomes, job, shop.pollMs)
  shop.active.set(bull.id!, watching)
  try {
    return await work.run(watching)
  } catch (error) {
    if (error instanceof WaitingChildrenError) throw error
    return await afterError(shop, work, watching, error)
  } finally {
    watching.stop()
    shop.active.delete(bull.id!)
  }
}

async function afterError<D, R>(
  shop: Shop,
  { bull, token, job }: Work<D, R>,
  { signal }: Watch,
  error: unknown,
): Promise<null> {
  const reason: unknown = signal.aborted ? signal.reason : undefined
  if (reason instanceof Interruption && reason.code === 'job-ended') return null
  if (reason instanceof Interruption && reason.code === 'worker-closing') {
    await bull.moveToWait(token)
    throw new WaitingError()
  }
  if (reason instanceof Interruption) throw reason
  const attempt = bull.attemptsMade + 1
  const final = isBadInput(error) || attempt >= (bull.opts.attempts ?? 1)
  shop.onFailure({ job: job.id, attempt, final, error })
  if (!final) throw error
  await fail(shop.queues, job, error, bull.progress)
  throw new UnrecoverableError(messageOf(error))
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Ends a job with an error, unless it has ended already. */
export async function fail(
  { outcomes }: Queues,
  { id, run }: { id: string; run: string },
  error: unknown,
  progress: unknown = undefined,
): Promise<void> {
  await outcomes.settle(id, run, { status: 'failed', error: toProblem(error), progress: doneSoFar(progress) })
}

/** The error of work that BullMQ gave up without asking its handler. */
export const lostError = (reason: string): ProblemError =>
  new ProblemError('job-lost', `The job was given up: ${reason}.`)
