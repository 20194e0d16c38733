import type { EngineAttributionResponse } from '@crp-serve/contracts'
import type { Cost } from './run-rows.ts'

type Timings = EngineAttributionResponse['timings']

/** Microseconds, and thousandths of a forward pass. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000

/** Costs as the API shows them. */
export const timingsOf = ({ queueMs, computeMs, batch, executions, forwardEquivalents }: Cost): Timings => ({
  queue_ms: rounded(queueMs),
  batch,
  compute_ms: rounded(computeMs),
  plan: { executions, forward_equivalents: rounded(forwardEquivalents) },
})

/** What several attributions cost together. */
export const timingsTogether = (parts: readonly Timings[]): Timings => {
  const sum = (of: (part: Timings) => number) => rounded(parts.reduce((total, part) => total + of(part), 0))
  return {
    queue_ms: sum(({ queue_ms }) => queue_ms),
    batch: Math.max(0, ...parts.map(({ batch }) => batch)),
    compute_ms: sum(({ compute_ms }) => compute_ms),
    plan: {
      executions: sum(({ plan }) => plan.executions),
      forward_equivalents: sum(({ plan }) => plan.forward_equivalents),
    },
  }
}
