import { jobHandler } from './entry.ts'
import { readRequest, writeAnswer } from './messages.ts'

/** An attribution that nobody waits for. It lets interactive requests go first between two batches of rows. */
export const attribution = jobHandler(
  'attribution',
  ({ engine, store, courtesy }) =>
    async ({ job, payload, signal, progress }) => {
      const { task, view } = await readRequest<'attribution'>(store, payload.request)
      const answer = await engine.attribute(task, {
        signal,
        between: () => courtesy(signal),
        onRow: (done, total) => progress(done, total, 'attribution'),
      })
      signal.throwIfAborted()
      return await writeAnswer<'attribution'>(store, job.id, { answer, view })
    },
)
