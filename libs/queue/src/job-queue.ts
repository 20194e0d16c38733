import type { Job, JobKind, JobStatus } from '@crp-serve/contracts'
import type { JobPayloads } from './kinds.ts'

/** How a job is submitted. */
export interface SubmitOptions {
  /** The same id is the same job, whoever submits it first. Letters, digits, `-` and `_`. */
  readonly id: string
  /** Digest of what is asked for: the same id with another digest is refused. */
  readonly digest?: string
  /** Whether a job of the id that has failed or was cancelled is started anew instead of given back. */
  readonly restart?: boolean
}

/** A job as it was submitted. */
export interface Submitted {
  readonly job: Job
  /** Whether this call has started it. */
  readonly created: boolean
}

export interface JobPage {
  /** The newest first. */
  readonly jobs: readonly Job[]
  /** Where the next page starts; absent on the last one. */
  readonly cursor?: string
}

/** One state of a job after the other. */
export interface JobEvent {
  /** Names the state: it is the same wherever the job is the same, so that a reader who comes back can say what it has. */
  readonly id: string
  readonly job: Job
}

/** Jobs for those who submit and watch them. Every method throws `jobs-unavailable` while the queue cannot be reached. */
export interface JobQueue {
  /**
   * Submits a job, or finds it.
   * @throws ProblemError `idempotency-key-reused` where the id belongs to a job with another digest
   */
  submit<K extends JobKind>(kind: K, payload: JobPayloads[K], options: SubmitOptions): Promise<Submitted>
  get(id: string): Promise<Job | undefined>
  /** @throws ProblemError `validation-failed` for a cursor that is none */
  list(limit: number, cursor?: string, status?: JobStatus): Promise<JobPage>
  /** Cancels a job, whichever process works on it; one that is final stays as it is. Gives the job as it is then. */
  cancel(id: string): Promise<Job | undefined>
  /**
   * The job now and after every change, until it is final. Ends at once where there is no job.
   * @param after the last state that the reader knows, which is not repeated
   */
  events(
    id: string,
    options?: { readonly after?: string; readonly signal?: AbortSignal },
  ): AsyncIterable<JobEvent>
  /** Whether the queue answers now. */
  ready(): Promise<boolean>
  close(): Promise<void>
}
