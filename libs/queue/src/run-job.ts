import { setTimeout as sleep } from 'node:timers/promises'
import type { JobKind } from '@crp-serve/contracts'
import { WaitingChildrenError } from 'bullmq'
import type { BullJob } from './connection.ts'
import type { Handlers, JobContext, JobResult, TaskOrder } from './handlers.ts'
import type { JobPayloads, TaskKind, Tasks } from './kinds.ts'
import { fail, lostError, perform, type Shop } from './perform.ts'
import { ProgressWriter } from './progress-writer.ts'
import { JobReader } from './reader.ts'
import { hasFailed, isProgress, type JobRecord, type StepRecord, type TaskRecord, taskId } from './records.ts'
import { taskOptions } from './retries.ts'
import type { Watch } from './watch.ts'

/** A job in the hands of its handler. */
class JobAtWork {
  readonly #bull: BullJob<JobRecord>
  readonly #token: string
  readonly #shop: Shop
  readonly #watch: Watch
  readonly #progress: ProgressWriter
  /** Tasks that were given out before and are not gone through yet: what the handler says in between is old. */
  #behind: number

  constructor(bull: BullJob<JobRecord>, token: string, shop: Shop, watching: Watch) {
    this.#bull = bull
    this.#token = token
    this.#shop = shop
    this.#watch = watching
    const latest = isProgress(bull.progress) ? bull.progress : undefined
    this.#progress = new ProgressWriter((progress) => bull.updateProgress(progress), latest)
    this.#behind = Object.keys(bull.data.steps).length
  }

  context<K extends JobKind>(): JobContext<JobPayloads[K]> {
    return {
      job: { id: this.#bull.id!, attempt: this.#bull.attemptsMade + 1 },
      payload: this.#bull.data.payload as JobPayloads[K],
      signal: this.#watch.signal,
      progress: (done, total, phase) => {
        if (this.#behind === 0) this.#progress.set(done, total, phase)
      },
      once: (name, work) => this.#once(name, work),
      tasks: (phase, kind, orders) => this.#tasks(phase, kind, orders),
    }
  }

  async begin(): Promise<void> {
    if (this.#bull.data.started === null) await this.#keep({ started: Date.now() })
  }

  /** Ends the job with success, unless it has ended otherwise. */
  async succeed(result: JobResult): Promise<void> {
    this.#watch.signal.throwIfAborted()
    await this.#progress.settled()
    const { id, data } = this.#bull
    const total = this.#progress.latest?.total ?? 0
    const outcome = { status: 'succeeded', result, progress: { done: total, total } } as const
    await this.#shop.queues.outcomes.settle(id!, data.run, outcome)
  }

  async #keep(change: Partial<JobRecord>): Promise<void> {
    await this.#bull.updateData({ ...this.#bull.data, ...change })
  }

  async #once<T>(name: string, work: () => Promise<T>): Promise<T> {
    const { once } = this.#bull.data
    if (Object.hasOwn(once, name)) return once[name] as T
    const result = await work()
    this.#watch.signal.throwIfAborted()
    await this.#keep({ once: { ...this.#bull.data.once, [name]: result ?? null } })
    return result
  }

  async #tasks<K extends TaskKind>(
    phase: string,
    kind: K,
    orders: readonly TaskOrder<K>[],
  ): Promise<Tasks[K]['result'][]> {
    this.#watch.signal.throwIfAborted()
    const isNew = !Object.hasOwn(this.#bull.data.steps, phase)
    if (isNew) await this.#begin(phase, kind, orders)
    const found = await this.#children(phase, orders.length)
    if (found.some((task) => task === undefined)) await this.#giveOut(phase, kind, orders)
    const results = await this.#results<K>(phase, orders.length)
    if (this.#behind > 0) this.#behind--
    return results
  }

  /** Notes the step before its tasks are given out, so that a crash in between finds it. */
  async #begin<K extends TaskKind>(phase: string, kind: K, orders: readonly TaskOrder<K>[]): Promise<void> {
    const weights = orders.map(({ weight = 1 }) => weight)
    const { steps } = this.#bull.data
    const step: StepRecord = { index: Object.keys(steps).length, kind, weights, since: Date.now() }
    await this.#keep({ steps: { ...steps, [phase]: step } })
    const total = weights.reduce((a, b) => a + b, 0)
    const progress = { phase, done: 0, total, since: step.since }
    await this.#progress.settled()
    await this.#bull.updateProgress(progress)
    this.#progress.adopt(progress)
  }

  #children(phase: string, count: number): Promise<(BullJob<TaskRecord> | undefined)[]> {
    const { id, data } = this.#bull
    // A reader of its own: what has ended is remembered as the queue holds it now.
    return new JobReader(this.#shop.queues).tasks(id!, data.run, data.steps[phase]!.index, count)
  }

  /** Gives out tasks; those that are there already stay as they are. */
  async #giveOut<K extends TaskKind>(phase: string, kind: K, orders: readonly TaskOrder<K>[]): Promise<void> {
    const { id, data, queueQualifiedName } = this.#bull
    const { index } = data.steps[phase]!
    const parent = { id: id!, queue: queueQualifiedName }
    const jobs = orders.map(({ payload }, i) => ({
      name: kind,
      data: { job: id!, run: data.run, payload },
      opts: { ...taskOptions(this.#shop.retryMs), parent, jobId: taskId(id!, data.run, index, i) },
    }))
    await this.#shop.queues.tasks.addBulk(jobs)
  }

  /** The results of all tasks; leaves the worker while there are tasks to wait for. */
  async #results<K extends TaskKind>(phase: string, count: number): Promise<Tasks[K]['result'][]> {
    for (;;) {
      const tasks = await this.#children(phase, count)
      for (const task of tasks) if (task !== undefined && (await hasFailed(task))) await this.#giveUp(task)
      if (tasks.every((task) => task?.finishedOn !== undefined))
        return tasks.map((task) => task!.returnvalue as Tasks[K]['result'])
      this.#watch.signal.throwIfAborted()
      if (await this.#bull.moveToWaitingChildren(this.#token)) throw new WaitingChildrenError()
      // The last task is just about to end.
      await sleep(50)
    }
  }

  /** A task that has failed has ended the job, unless BullMQ gave it up without its handler. */
  async #giveUp({ failedReason }: BullJob<TaskRecord>): Promise<never> {
    const error = lostError(failedReason)
    await fail(
      this.#shop.queues,
      { id: this.#bull.id!, run: this.#bull.data.run },
      error,
      this.#bull.progress,
    )
    throw error
  }
}

/** Does a job of BullMQ with the handler of its kind, from where it was left. */
export async function runJob(
  bull: BullJob<JobRecord>,
  token: string,
  shop: Shop,
  handlers: Handlers['jobs'],
): Promise<void> {
  const job = { id: bull.id!, run: bull.data.run }
  const run = async (watching: Watch) => {
    const work = new JobAtWork(bull, token, shop, watching)
    await work.begin()
    const handler = handlers[bull.name as JobKind] as (context: JobContext<unknown>) => Promise<JobResult>
    await work.succeed(await handler(work.context() as JobContext<unknown>))
  }
  await perform(shop, { bull, token, job, run })
}
