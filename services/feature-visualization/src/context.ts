import type { Engine } from '@crp-serve/engine'
import type { ObjectStore } from '@crp-serve/storage'
import type { JobMetrics } from '@crp-serve/telemetry'
import type { Courtesy } from './courtesy.ts'

/** What handlers work with. */
export interface Workplace {
  readonly engine: Engine
  readonly store: ObjectStore
  /** Lets interactive requests go first; to be waited for between two pieces of work. */
  readonly courtesy: Courtesy
  readonly metrics: JobMetrics
}
