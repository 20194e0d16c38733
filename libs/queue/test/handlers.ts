import { setTimeout as sleep } from 'node:timers/promises'
import { ProblemError } from '@crp-serve/contracts'
import type { Handlers } from '../src/index.ts'

type Shard = Handlers['tasks']['feature-visualization-shard']

/** Handlers of which a test replaces what it is about. */
export interface Replacements {
  readonly jobs?: Partial<Handlers['jobs']>
  readonly tasks?: Partial<Handlers['tasks']>
}

/** Counts up to ten, and stops when it is told to. */
export const slowShard =
  (stepMs: number): Shard =>
  async ({ payload, signal, progress }) => {
    for (let i = 0; i < 10; i++) {
      progress(i, 10)
      await sleep(stepMs, undefined, { signal })
    }
    return { key: `part-${payload.from}` }
  }

/** A run of `parts` shards, a merge, and two pictures. `note` is told about what is done only once. */
export const flow =
  (parts: number, note: (what: string) => void = () => {}): Handlers['jobs']['feature-visualization'] =>
  async ({ payload, tasks, once, progress }) => {
    const shards = Array.from({ length: parts }, (_, from) => ({
      payload: { request: payload.request, from, to: from + 1 },
      weight: 10,
    }))
    const made = await tasks('collect', 'feature-visualization-shard', shards)
    progress(0, 1, 'merge')
    const merged = await once('merge', async () => {
      note('merge')
      return made.map(({ key }) => key).join()
    })
    await tasks(
      'render',
      'feature-visualization-references',
      [1, 2].map((concept) => ({ payload: { request: payload.request, layer: 'l', concepts: [concept] } })),
    )
    return { merged }
  }

/** Handlers that do nothing worth mentioning, with replacements. */
export const handlersWith = ({ jobs, tasks }: Replacements = {}): Handlers => ({
  jobs: {
    attribution: async () => ({ self: 'attribution' }),
    'attribution-graph': async () => {
      throw new ProblemError('unknown-layer', 'There is no such layer.')
    },
    'feature-visualization': flow(3),
    ...jobs,
  },
  tasks: {
    'feature-visualization-shard': slowShard(2),
    'feature-visualization-references': async () => null,
    ...tasks,
  },
})
