import { setTimeout as sleep } from 'node:timers/promises'

/** How long the queue may take to answer a simple question: less than a readiness check may, so that the reason is told. */
export const REACH_MS = 1500

/** Whether something comes out well in time. */
export const answersWithin = (work: Promise<unknown>, ms: number): Promise<boolean> =>
  Promise.race([
    work.then(
      () => true,
      () => false,
    ),
    sleep(ms, false, { ref: false }),
  ])
