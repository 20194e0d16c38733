import { jobHandler } from './entry.ts'
import { readRequest, writeAnswer } from './messages.ts'

/** An attribution graph that nobody waits for. */
export const attributionGraph = jobHandler(
  'attribution-graph',
  ({ engine, store, courtesy }) =>
    async ({ job, payload, signal }) => {
      const { task } = await readRequest<'attribution-graph'>(store, payload.request)
      const answer = await engine.attributionGraph(task, { signal, between: () => courtesy(signal) })
      signal.throwIfAborted()
      return await writeAnswer<'attribution-graph'>(store, job.id, { answer })
    },
)
