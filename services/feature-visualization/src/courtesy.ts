import { setTimeout as sleep } from 'node:timers/promises'
import { internalRoutes, Load, matches } from '@crp-serve/contracts'

/** Waits while interactive requests are answered. Rejects with the signal's reason when it aborts. */
export type Courtesy = (signal: AbortSignal) => Promise<void>

export interface CourtesyOptions {
  /** Tells what the attribution workers have to do. */
  readonly load: (signal: AbortSignal) => Promise<Load>
  /** Longest wait, milliseconds: jobs are slow then, but never starve. */
  readonly maxWaitMs: number
}

/** Pause between two looks, milliseconds. */
const LOOK_MS = 50

/** Longest that one look may take, milliseconds. */
const LOOK_LIMIT_MS = 1000

/** What the attribution workers say of themselves, together; those that are away have nothing to do. */
export const loadOf =
  (origins: readonly string[]): CourtesyOptions['load'] =>
  async (signal) => {
    const loads = await Promise.all(origins.map((origin) => loadOfOne(origin, signal)))
    return { in_flight: loads.reduce((sum, load) => sum + (load?.in_flight ?? 0), 0) }
  }

async function loadOfOne(origin: string, signal: AbortSignal): Promise<Load | undefined> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK_LIMIT_MS)])
    const answer = await fetch(origin + internalRoutes.load, { signal: limit })
    const load: unknown = await answer.json()
    return matches(Load, load) ? load : undefined
  } catch {
    return undefined
  }
}

/** Lets interactive requests go first. A worker that is away has none. */
export function createCourtesy({ load, maxWaitMs }: CourtesyOptions): Courtesy {
  return async (signal) => {
    const limit = Date.now() + maxWaitMs
    for (;;) {
      const now = await load(signal)
      signal.throwIfAborted()
      if (now.in_flight === 0 || Date.now() >= limit) return
      await sleep(LOOK_MS)
    }
  }
}
