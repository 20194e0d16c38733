import { setTimeout as sleep } from 'node:timers/promises'
import { idempotencyPrefix, isJobId, jobPrefix, jobsPrefix } from '@crp-serve/contracts'
import type { ObjectInfo, ObjectStore } from '@crp-serve/storage'

/** What is looked at for what nobody needs. */
export interface SweepOptions {
  readonly store: ObjectStore
  /** Whether there is a job of an id. */
  readonly knows: (id: string) => Promise<boolean>
  /** As long as finished jobs are kept, milliseconds. */
  readonly ageMs: number
}

/** Least age of what is removed: whoever has just written it may not have submitted its job yet, milliseconds. */
const LEAST_AGE_MS = 3_600_000

/** Pause between two sweeps, milliseconds. */
const EVERY_MS = 3_600_000

async function* objectsBelow(store: ObjectStore, prefix: string): AsyncGenerator<ObjectInfo> {
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await store.list(prefix, cursor === undefined ? {} : { cursor })
    yield* page.objects
    cursor = page.cursor
    more = cursor !== undefined
  }
}

const jobOf = (key: string): string => key.slice(jobsPrefix.length).split('/', 1)[0]!

/** The ids of jobs of which every object is old. They come in the order of their keys, one after the other. */
async function* oldJobs(store: ObjectStore, isOld: (object: ObjectInfo) => boolean): AsyncGenerator<string> {
  let current: { id: string; old: boolean } | undefined
  for await (const object of objectsBelow(store, jobsPrefix)) {
    const id = jobOf(object.key)
    if (current?.id !== id) {
      if (current?.old) yield current.id
      current = { id, old: true }
    }
    current.old &&= isOld(object)
  }
  if (current?.old) yield current.id
}

/**
 * Removes what retention does not reach: `Idempotency-Key`s that are as old as finished jobs may be, and the objects of
 * jobs that never got into the queue, or that a crash has left behind.
 */
export async function sweep({ store, knows, ageMs }: SweepOptions, now = Date.now()): Promise<void> {
  const before = now - Math.max(ageMs, LEAST_AGE_MS)
  const isOld = ({ modified }: ObjectInfo): boolean => modified.getTime() < before
  for await (const object of objectsBelow(store, idempotencyPrefix)) {
    if (isOld(object)) await store.delete(object.key)
  }
  for await (const id of oldJobs(store, isOld)) {
    if (isJobId(id) && !(await knows(id))) await store.deleteBelow(jobPrefix(id))
  }
}

/** Sweeps now and then. Gives what ends it. */
export function startSweeping(options: SweepOptions, onError: (error: unknown) => void): () => void {
  const stopped = new AbortController()
  const sweeping = async () => {
    for (;;) {
      await sweep(options).catch(onError)
      await sleep(EVERY_MS, undefined, { signal: stopped.signal })
    }
  }
  sweeping().catch(() => undefined)
  return () => stopped.abort()
}
