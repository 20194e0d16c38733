import type { Job, JobStatus } from '@crp-serve/contracts'
import { ProblemError, problemAt } from '@crp-serve/contracts'
import type { BullJob } from './connection.ts'
import type { JobPage } from './job-queue.ts'
import type { JobReader, Queues } from './reader.ts'
import type { JobRecord } from './records.ts'

interface Place {
  readonly timestamp: number
  readonly id: string
}

/** The newest first; those of the same millisecond by their ids. */
const order = (a: Place, b: Place): number =>
  b.timestamp - a.timestamp || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

const cursorOf = ({ timestamp, id }: Place): string =>
  Buffer.from(JSON.stringify([timestamp, id])).toString('base64url')

/** @throws ProblemError `validation-failed` */
function placeOf(cursor: string): Place {
  try {
    const [timestamp, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as [
      unknown,
      unknown,
    ]
    if (typeof timestamp === 'number' && typeof id === 'string') return { timestamp, id }
  } catch (error) {
    if (error instanceof ProblemError) throw error
  }
  throw problemAt('validation-failed', '/querystring/cursor', 'is not the `next_cursor` of a page of jobs')
}

const placed = (job: BullJob<JobRecord>): Place => ({ timestamp: job.timestamp, id: String(job.id) })

/** What a list asks for. */
export interface ListRequest {
  readonly limit: number
  readonly cursor: string | undefined
  readonly status: JobStatus | undefined
}

/**
 * A page of jobs. All jobs are read for it: those that are kept are as many as the retention allows.
 * @throws ProblemError `validation-failed` for a cursor that is none
 */
export async function listJobs(queues: Queues, reader: JobReader, request: ListRequest): Promise<JobPage> {
  const after = request.cursor === undefined ? undefined : placeOf(request.cursor)
  const [jobs, ended] = await Promise.all([queues.all(), queues.outcomes.all()])
  const outcomes = new Map(ended.map((outcome) => [`${outcome.id}.${outcome.run}`, outcome]))
  const sorted = jobs
    .filter((job) => after === undefined || order(after, placed(job)) < 0)
    .sort((a, b) => order(placed(a), placed(b)))
  const page: Job[] = []
  let last: BullJob<JobRecord> | undefined
  for (const job of sorted) {
    const shown = await reader.show(job, outcomes.get(`${job.id}.${job.data.run}`))
    if (request.status !== undefined && shown.status !== request.status) continue
    if (page.length === request.limit) return { jobs: page, cursor: cursorOf(placed(last!)) }
    page.push(shown)
    last = job
  }
  return { jobs: page }
}
