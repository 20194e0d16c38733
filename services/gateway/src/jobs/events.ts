import { setTimeout as sleep } from 'node:timers/promises'
import type { JobEvent } from '@crp-serve/queue'

/** Media type of Server-Sent Events. */
export const EVENTS_TYPE = 'text/event-stream'

/** Silence after which something is sent, so that nobody in between takes the connection for dead. */
const HEARTBEAT_MS = 15_000

/** How soon a client that lost the connection comes back. */
const RETRY_MS = 1000

const eventText = ({ id, job }: JobEvent): string => `id: ${id}\ndata: ${JSON.stringify(job)}\n\n`

/** The states of a job as Server-Sent Events (HTML standard, section 9.2), with comments while nothing happens. */
export async function* eventStream(events: AsyncIterable<JobEvent>): AsyncGenerator<string> {
  const iterator = events[Symbol.asyncIterator]()
  const quiet = new AbortController()
  yield `retry: ${RETRY_MS}\n\n`
  try {
    let next = iterator.next()
    for (;;) {
      const beat = sleep(HEARTBEAT_MS, null, { signal: quiet.signal, ref: false })
      beat.catch(() => undefined)
      const event = await Promise.race([next, beat])
      if (event === null) {
        yield ': still there\n\n'
        continue
      }
      if (event.done) return
      yield eventText(event.value)
      next = iterator.next()
    }
  } finally {
    quiet.abort()
    await iterator.return?.()
  }
}
