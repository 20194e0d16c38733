import type { InferenceMetrics, WorkKind, WorkReport } from './metrics/inference.ts'
import { recordSpan, traced } from './tracing.ts'

/** Does an engine's work on one request and measures it. */
export type Observe = <T>(kind: WorkKind, model: string, work: () => Promise<T>) => Promise<T>

/** Spans of what the engine says of its work: the wait, then ONNX Runtime; other steps lie around them. */
function recordParts({ timings }: WorkReport): void {
  if (timings === undefined) return
  const now = Date.now()
  recordSpan('engine queue', now - timings.compute_ms, timings.queue_ms)
  recordSpan('engine compute', now, timings.compute_ms)
}

/** Work as a span of the present trace and in the metrics. */
export const observeWith =
  (metrics: InferenceMetrics): Observe =>
  (kind, model, work) =>
    traced(`engine ${kind}`, { 'crp.model': model }, async (span) => {
      const result = await metrics.measure(kind, model, work)
      const { timings } = result as WorkReport
      if (timings !== undefined) span.setAttributes({ 'crp.batch': timings.batch })
      recordParts(result as WorkReport)
      return result
    })
