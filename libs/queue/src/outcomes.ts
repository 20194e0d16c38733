import type { BullQueue, Connector } from './connection.ts'
import type { Outcome } from './records.ts'

/** How a job has ended, and when. */
export interface Settled extends Outcome {
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** An outcome with the job that it is of. */
export interface Ended extends Settled {
  readonly id: string
  readonly run: string
}

/**
 * How jobs have ended. An outcome is a job of BullMQ in a queue that nobody works on: adding a job under an id that is
 * taken does nothing, on every back end, so that the first outcome of a job stays, and everybody reads the same one.
 */
export interface Outcomes {
  read(id: string, run: string): Promise<Settled | undefined>
  /** Ends a job, unless it has ended already. Gives the outcome that counts. */
  settle(id: string, run: string, outcome: Outcome): Promise<Settled>
  all(): Promise<Ended[]>
  forget(id: string, run: string): Promise<void>
  close(): Promise<void>
}

const keyOf = (id: string, run: string) => `${id}.${run}`

export function openOutcomes(connect: Connector): Outcomes {
  const queue: BullQueue<Outcome> = connect.queue('outcomes')

  async function read(id: string, run: string): Promise<Settled | undefined> {
    const job = await queue.getJob(keyOf(id, run))
    return job && { ...job.data, at: job.timestamp }
  }

  return {
    read,
    async settle(id, run, outcome) {
      await queue.add(id, outcome, { jobId: keyOf(id, run) })
      const settled = await read(id, run)
      if (settled === undefined)
        throw new Error(`the outcome of job ${id} was forgotten while it was written`)
      return settled
    },
    async all() {
      const jobs = await queue.getJobs(['waiting'])
      return jobs.map(({ id, name, data, timestamp }) => ({
        ...data,
        at: timestamp,
        id: name,
        run: String(id).slice(name.length + 1),
      }))
    },
    async forget(id, run) {
      await queue.remove(keyOf(id, run))
    },
    close: () => queue.close(),
  }
}
