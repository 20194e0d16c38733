import type { JobKind } from '@crp-serve/contracts'
import type { JobHandler, TaskHandler, TaskKind } from '@crp-serve/queue'
import type { Workplace } from '../context.ts'

/** A handler with what it is for. */
export type HandlerEntry =
  | {
      [K in JobKind]: {
        readonly of: 'job'
        readonly kind: K
        readonly make: (workplace: Workplace) => JobHandler<K>
      }
    }[JobKind]
  | {
      [K in TaskKind]: {
        readonly of: 'task'
        readonly kind: K
        readonly make: (workplace: Workplace) => TaskHandler<K>
      }
    }[TaskKind]

/** The handler of a kind of jobs. */
export const jobHandler = <K extends JobKind>(kind: K, make: (workplace: Workplace) => JobHandler<K>) =>
  ({ of: 'job', kind, make }) as const

/** The handler of a kind of tasks. */
export const taskHandler = <K extends TaskKind>(kind: K, make: (workplace: Workplace) => TaskHandler<K>) =>
  ({ of: 'task', kind, make }) as const
