import { Histogram, type Registry } from 'prom-client'

/** Measures the work on jobs. */
export interface JobMetrics {
  /** Does work on a job, or on a task as a part of one, and times it. What the work throws is thrown on. */
  measure<T>(of: 'job' | 'task', kind: string, work: () => Promise<T>): Promise<T>
}

/** From an explanation to a range of a large data set, in seconds. */
const buckets = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600]

/** How work has ended. A job that has given out tasks throws to be called again when they are done. */
const outcomeOf = (error: unknown): string => {
  const { name, code } = error as { name?: unknown; code?: unknown }
  if (name === 'WaitingChildrenError') return 'waiting'
  return typeof code === 'string' ? code : 'failed'
}

/** The metrics of a job worker: `crp_job_work_duration_seconds` by kind of job or task and by outcome. */
export function jobMetrics(registry: Registry): JobMetrics {
  const duration = new Histogram({
    name: 'crp_job_work_duration_seconds',
    help: 'Time of the work on jobs and on their tasks, by outcome; a job whose tasks are under way is waiting.',
    labelNames: ['of', 'kind', 'outcome'],
    buckets,
    registers: [registry],
  })
  return {
    async measure(of, kind, work) {
      const started = performance.now()
      const ended = (outcome: string) =>
        duration.observe({ of, kind, outcome }, (performance.now() - started) / 1000)
      try {
        const result = await work()
        ended('succeeded')
        return result
      } catch (error) {
        ended(outcomeOf(error))
        throw error
      }
    },
  }
}
