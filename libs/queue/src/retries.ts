import { errorKind, isErrorCode } from '@crp-serve/contracts'

/** How often work is tried, and how long it waits in between. */
export interface Retries {
  readonly attempts: number
  readonly backoff: { readonly type: 'exponential'; readonly delay: number }
}

const retries: Retries = { attempts: 4, backoff: { type: 'exponential', delay: 1000 } }

/** Options of every job: it stays when it has ended, until the retention forgets it. */
export const jobOptions = { ...retries, removeOnComplete: false, removeOnFail: false } as const

/** Options of every task: its end never decides about the job on its own. */
export const taskOptions = { ...jobOptions, removeDependencyOnFailure: true } as const

/** Whether an error says that trying again comes to the same end: the request itself is at fault. */
export function isBadInput(error: unknown): boolean {
  const { code, name } = error as { code?: unknown; name?: unknown }
  if (name === 'UnrecoverableError') return true
  return isErrorCode(code) && errorKind(code).status < 500
}
