import { setTimeout as sleep } from 'node:timers/promises'
import { Interruption } from './errors.ts'
import type { Outcomes, Settled } from './outcomes.ts'

/** A job or task at work in this process. */
export interface Watch {
  readonly signal: AbortSignal
  /** Tells the handler to stop. */
  interrupt(reason: Interruption): void
  /** How the job has ended while it was worked on, as far as is known. */
  readonly ended: Settled | undefined
  /** Ends the watch, not the work. */
  stop(): void
}

/** Watches whether a job is ended by somebody else while it is worked on. */
export function watch(outcomes: Outcomes, job: { id: string; run: string }, pollMs: number): Watch {
  const controller = new AbortController()
  const stopped = new AbortController()
  let ended: Settled | undefined
  const look = async () => {
    while (!stopped.signal.aborted && ended === undefined) {
      await sleep(pollMs, undefined, { signal: stopped.signal })
      // A queue that cannot be reached says nothing about the job.
      ended = await outcomes.read(job.id, job.run).catch(() => undefined)
    }
    if (ended !== undefined) controller.abort(new Interruption('job-ended', `The job has ${ended.status}.`))
  }
  look().catch(() => undefined)
  return {
    signal: controller.signal,
    interrupt: (reason) => controller.abort(reason),
    get ended() {
      return ended
    },
    stop: () => stopped.abort(),
  }
}
