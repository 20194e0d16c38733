import type { JobKind } from '@crp-serve/contracts'

/**
 * What every kind of job is given: ids and object keys only. A request that becomes a job is written to the object store
 * before the job is submitted.
 */
export interface JobPayloads {
  attribution: {
    /** Key of the envelope with the task (libs/contracts, wire/envelope.ts). */
    readonly request: string
  }
  'attribution-graph': { readonly request: string }
  'feature-visualization': { readonly request: string }
}

/** What every kind of task is given and gives back. Tasks are the parts of a job that any worker may do. */
export interface Tasks {
  /** A range of a data set's samples for a feature visualization. */
  'feature-visualization-shard': {
    readonly payload: { readonly request: string; readonly from: number; readonly to: number }
    readonly result: { readonly key: string }
  }
  /** Pictures of the reference samples of some concepts of a layer. */
  'feature-visualization-references': {
    readonly payload: {
      readonly request: string
      readonly layer: string
      readonly concepts: readonly number[]
    }
    readonly result: null
  }
}

export type TaskKind = keyof Tasks

/** Every kind of job; the compiler misses none. */
export const jobKinds = Object.keys({
  attribution: true,
  'attribution-graph': true,
  'feature-visualization': true,
} satisfies Record<JobKind, true>) as readonly JobKind[]

/** Every kind of task. */
export const taskKinds = Object.keys({
  'feature-visualization-shard': true,
  'feature-visualization-references': true,
} satisfies Record<TaskKind, true>) as readonly TaskKind[]
