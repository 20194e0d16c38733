import { type Static, Type } from 'typebox'
import { Problem } from './errors/problem.ts'
import { strict } from './schema/fields.ts'

/** Ids of jobs: safe in a path, in a key and in every queue. */
export const jobIdPattern = '^[A-Za-z0-9_-]{1,64}$'

/** Whether a text can be the id of a job. */
export const isJobId = (text: string): boolean => new RegExp(jobIdPattern).test(text)

/** What a job does. */
export const JobKind = Type.Enum(['attribution', 'attribution-graph', 'feature-visualization'], {
  title: 'JobKind',
})
export type JobKind = Static<typeof JobKind>

/** Where a job stands. The last three are final: they never change again. */
export const JobStatus = Type.Enum(['queued', 'running', 'succeeded', 'failed', 'cancelled'], {
  title: 'JobStatus',
})
export type JobStatus = Static<typeof JobStatus>

/** Whether a status never changes again. */
export const isFinal = (status: JobStatus): boolean => status !== 'queued' && status !== 'running'

const Moment = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])

/** A job, as `GET /v1/jobs/{id}` shows it; one state for everything that is done for it. */
export const Job = Type.Object(
  {
    id: Type.String(),
    kind: JobKind,
    status: JobStatus,
    phase: Type.String({ description: 'What is being done, in a word; the status before and after.' }),
    progress: Type.Object(
      { done: Type.Number(), total: Type.Number() },
      {
        description: 'Steps of the phase; their unit depends on it. `total` is 0 where it is not known yet.',
      },
    ),
    eta_seconds: Type.Union([Type.Number(), Type.Null()], {
      description: 'Until the phase ends, by its progress so far; null where that says nothing yet.',
    }),
    created_at: Type.String({ format: 'date-time' }),
    started_at: Moment,
    finished_at: Moment,
    error: Type.Optional(Problem),
    result: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: 'Where to get what came out, by name.' }),
    ),
  },
  { title: 'Job' },
)
export type Job = Static<typeof Job>

/** A page of jobs, the newest first. */
export const JobList = Type.Object(
  { jobs: Type.Array(Job), next_cursor: Type.Optional(Type.String()) },
  { title: 'JobList' },
)
export type JobList = Static<typeof JobList>

/** Query of the list of jobs. */
export const JobListQuery = strict({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  cursor: Type.Optional(Type.String({ maxLength: 1024 })),
  status: Type.Optional(JobStatus),
})
export type JobListQuery = Static<typeof JobListQuery>
