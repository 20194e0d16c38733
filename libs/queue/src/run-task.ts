import type { BullJob } from './connection.ts'
import type { Handlers, WorkContext } from './handlers.ts'
import type { TaskKind } from './kinds.ts'
import { perform, type Shop } from './perform.ts'
import { ProgressWriter } from './progress-writer.ts'
import { isProgress, type TaskRecord } from './records.ts'
import type { Watch } from './watch.ts'

/** Does a task of BullMQ with the handler of its kind. Gives its result. */
export function runTask(
  bull: BullJob<TaskRecord>,
  token: string | undefined,
  shop: Shop,
  handlers: Handlers['tasks'],
): Promise<unknown> {
  const { job: id, run, payload } = bull.data
  const handler = handlers[bull.name as TaskKind] as (context: WorkContext<unknown>) => Promise<unknown>
  const latest = isProgress(bull.progress) ? bull.progress : undefined
  const writer = new ProgressWriter((progress) => bull.updateProgress(progress), latest)
  const work = async ({ signal }: Watch) => {
    const result = await handler({
      job: { id, attempt: bull.attemptsMade + 1 },
      payload,
      signal,
      progress: (done, total, phase) => writer.set(done, total, phase),
    })
    signal.throwIfAborted()
    await writer.settled()
    return result ?? null
  }
  return perform(shop, { bull, token, job: { id, run }, run: work })
}
