import type { JobKind } from '@crp-serve/contracts'
import type { Ended } from './outcomes.ts'
import type { Queues } from './reader.ts'

/** How long finished jobs are kept. */
export interface Retention {
  /** Milliseconds since the end of a job. */
  readonly ageMs: number
  /** Most finished jobs, the youngest of them. */
  readonly count: number
}

/** Told before a job is forgotten; where it throws, the job stays until the next time. */
export type OnForget = (job: { readonly id: string; readonly kind: JobKind }) => Promise<void>

/** The finished jobs that are not to be kept any longer. */
export function expired(ended: readonly Ended[], { ageMs, count }: Retention, now: number): Ended[] {
  const youngest = ended.toSorted((a, b) => b.at - a.at)
  return youngest.filter(({ at }, i) => i >= count || now - at > ageMs)
}

/**
 * Forgets finished jobs that are too old or too many, the outcome last: what a crash leaves is found again.
 * @returns whether some of them must wait because a worker still holds them
 */
export async function forgetOld(queues: Queues, retention: Retention, onForget: OnForget): Promise<boolean> {
  const old = expired(await queues.outcomes.all(), retention, Date.now())
  let left = false
  for (const { id, run } of old) {
    const job = await queues.jobs.getJob(id)
    if (job?.data.run === run) {
      await onForget({ id, kind: job.name as JobKind })
      // Telling may take long, and the job may be started anew meanwhile.
      const isSame = (await queues.jobs.getJob(id))?.data.run === run
      if (isSame && (await queues.jobs.remove(id, { removeChildren: true })) === 0) {
        left = true
        continue
      }
    }
    await queues.outcomes.forget(id, run)
  }
  return left
}
