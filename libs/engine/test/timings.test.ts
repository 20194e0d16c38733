import { expect, it } from 'vitest'
import { timingsTogether } from '../src/attribution/timings.ts'

it('timings of several attributions come to sums without the noise of their last digits', () => {
  const part = (queue_ms: number, batch: number) => ({
    queue_ms,
    batch,
    compute_ms: 10 * queue_ms,
    plan: { executions: 2, forward_equivalents: queue_ms },
  })
  expect(timingsTogether([part(0.1, 3), part(0.2, 5), part(0.4, 1)])).toEqual({
    queue_ms: 0.7,
    batch: 5,
    compute_ms: 7,
    plan: { executions: 6, forward_equivalents: 0.7 },
  })
  expect(timingsTogether([])).toMatchObject({ queue_ms: 0, batch: 0 })
})
