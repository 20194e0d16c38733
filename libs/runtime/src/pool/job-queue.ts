import type { Job } from './job.ts'

/** Waiting jobs: the highest priority first, in order of arrival inside a priority. */
export class JobQueue {
  readonly #jobs: Job[] = []

  get length(): number {
    return this.#jobs.length
  }

  push(job: Job): void {
    // Most jobs share one priority, so the place is found at the end at once.
    const after = this.#jobs.findLastIndex((other) => other.priority >= job.priority)
    this.#jobs.splice(after + 1, 0, job)
  }

  shift(): Job | undefined {
    return this.#jobs.shift()
  }

  /** The job that `shift` would return. */
  peek(): Job | undefined {
    return this.#jobs[0]
  }

  /** Whether the job was waiting here; it no longer is. */
  remove(job: Job): boolean {
    const index = this.#jobs.indexOf(job)
    if (index >= 0) this.#jobs.splice(index, 1)
    return index >= 0
  }

  clear(): Job[] {
    return this.#jobs.splice(0)
  }
}
