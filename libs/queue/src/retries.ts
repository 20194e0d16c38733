import { errorKind, isErrorCode } from '@crp-serve/contracts'

/** How often work is tried, and how long it waits in between. */
export interface Retries {
  readonly attempts: number
  readonly backoff: { readonly type: 'exponential'; readonly delay: number }
}

const ATTEMPTS = 4

/** Pause before the second attempt, milliseconds; every further one is twice as long. */
export const RETRY_MS = 1000

const retries = (delay: number): Retries => ({ attempts: ATTEMPTS, backoff: { type: 'exponential', delay } })

/** Options of every job: it stays when it has ended, until the retention forgets it. */
export const jobOptions = (retryMs: number) => ({
  ...retries(retryMs),
  removeOnComplete: false,
  removeOnFail: false,
})

/** Options of every task: its end never decides about the job on its own. */
export const taskOptions = (retryMs: number) => ({ ...jobOptions(retryMs), removeDependencyOnFailure: true })

/** Whether an error says that trying again comes to the same end: the request itself is at fault. */
export function isBadInput(error: unknown): boolean {
  const { code, name } = error as { code?: unknown; name?: unknown }
  if (name === 'UnrecoverableError') return true
  return isErrorCode(code) && errorKind(code).status < 500
}
