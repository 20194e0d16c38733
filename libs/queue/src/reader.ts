import type { Job } from '@crp-serve/contracts'
import type { BullJob, BullQueue, Connector } from './connection.ts'
import { type Outcomes, openOutcomes, type Settled } from './outcomes.ts'
import { hasFailed, isProgress, type JobRecord, type Progress, type TaskRecord, taskId } from './records.ts'
import { givenUp, progressOfTasks, snapshot } from './snapshot.ts'

/** The queues of BullMQ behind all jobs. */
export interface Queues {
  readonly jobs: BullQueue<JobRecord>
  readonly tasks: BullQueue<TaskRecord>
  readonly outcomes: Outcomes
  /** All jobs at one moment. */
  readonly all: () => Promise<BullJob<JobRecord>[]>
}

/** Opens the queues. */
export function openQueues(connect: Connector): Queues {
  const jobs: BullQueue<JobRecord> = connect.queue('jobs')
  return {
    jobs,
    tasks: connect.queue('tasks'),
    outcomes: openOutcomes(connect),
    all: () => connect.all(jobs),
  }
}

/** Closes the queues, and then what they share. */
export async function closeQueues({ jobs, tasks, outcomes }: Queues, connect: Connector): Promise<void> {
  await Promise.all([jobs.close(), tasks.close(), outcomes.close()])
  await connect.close()
}

/** Most finished tasks that are remembered. */
const REMEMBERED = 20_000

/** Puts together what the queues hold of a job. */
export class JobReader {
  readonly #queues: Queues
  /** Tasks that have ended: they do not change any more. */
  readonly #ended = new Map<string, BullJob<TaskRecord>>()

  constructor(queues: Queues) {
    this.#queues = queues
  }

  /** The job as it is now; undefined where there is none. */
  async read(id: string): Promise<Job | undefined> {
    const job = await this.#queues.jobs.getJob(id)
    if (job === undefined) return undefined
    return this.show(job, await this.#queues.outcomes.read(id, job.data.run))
  }

  /** A job of BullMQ as the API shows it. */
  async show(job: BullJob<JobRecord>, written: Settled | undefined): Promise<Job> {
    const outcome = written ?? ((await hasFailed(job)) ? givenUp(job) : undefined)
    return snapshot(job, outcome, outcome === undefined ? await this.progress(job) : undefined)
  }

  /** The tasks of a step, in order; undefined where one was not given out. */
  tasks(id: string, run: string, step: number, count: number): Promise<(BullJob<TaskRecord> | undefined)[]> {
    return Promise.all(Array.from({ length: count }, (_, i) => this.#task(taskId(id, run, step, i))))
  }

  /** What a job is doing: what its handler has said last, or what the tasks have done that it waits for. */
  async progress({ id, data: { run, steps }, progress }: BullJob<JobRecord>): Promise<Progress | undefined> {
    if (!isProgress(progress)) return undefined
    const record = steps[progress.phase]
    if (record === undefined) return progress
    return progressOfTasks(
      progress.phase,
      record,
      await this.tasks(id!, run, record.index, record.weights.length),
    )
  }

  async #task(id: string): Promise<BullJob<TaskRecord> | undefined> {
    const known = this.#ended.get(id)
    if (known !== undefined) return known
    const task = await this.#queues.tasks.getJob(id)
    if (task?.finishedOn === undefined) return task
    if (this.#ended.size >= REMEMBERED) this.#ended.clear()
    this.#ended.set(id, task)
    return task
  }
}
