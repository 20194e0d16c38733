import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What an engine says of the work on one request; times in milliseconds. */
export interface WorkReport {
  readonly results?: readonly unknown[]
  readonly timings?: {
    readonly queue_ms: number
    readonly compute_ms: number
    /** Most rows of one run of ONNX Runtime. */
    readonly batch: number
    readonly plan?: { readonly executions: number }
  }
}

/** The kinds of work that an engine does. */
export type WorkKind = 'attribution' | 'attribution-graph' | 'prediction'

/** Measures the work of an engine. */
export interface InferenceMetrics {
  /** Does work and counts it, by model and by outcome. What the work throws is thrown on. */
  measure<T>(kind: WorkKind, model: string, work: () => Promise<T>): Promise<T>
}

/** A child process, as the pools of libs/runtime describe it. */
export interface ProcessStatus {
  readonly state: string
  /** Private memory in bytes. */
  readonly memoryBytes: number
  /** What it holds, such as loaded sessions. */
  readonly held: readonly string[]
}

const batchSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256]

/** Names follow Triton's `nv_inference_…`; durations are sums in microseconds, as there. */
function measures(registry: Registry) {
  const registers = [registry]
  const counter = <const L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({
      name: `crp_inference_${name}`,
      help,
      labelNames: ['model', 'kind', ...labelNames],
      registers,
    })
  return {
    success: counter('request_success', 'Requests that were answered.'),
    failure: counter(
      'request_failure',
      'Requests that were not answered, by the code of the problem.',
      'reason',
    ),
    rows: counter('count', 'Rows (inputs and conditions combined) that were computed.'),
    executions: counter('exec_count', 'Runs of ONNX Runtime.'),
    request: counter('request_duration_us', 'Time of answered requests in the engine, summed.'),
    queue: counter('queue_duration_us', 'Time that answered requests waited for an engine process, summed.'),
    compute: counter('compute_infer_duration_us', 'Time of ONNX Runtime for answered requests, summed.'),
    batch: new Histogram({
      name: 'crp_inference_batch_size',
      help: 'Most rows of one run of ONNX Runtime for a request.',
      labelNames: ['model', 'kind'],
      buckets: batchSizes,
      registers,
    }),
    pending: new Gauge({
      name: 'crp_inference_pending_request_count',
      help: 'Requests that the engine has not answered yet.',
      labelNames: ['kind'],
      registers,
    }),
  }
}

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'internal-error'
}

/** What makes a model's name unknown keeps it out of the labels: else any client could make time series. */
const labelFor = (model: string, reason: string) => (reason === 'unknown-model' ? '' : model)

/** The metrics of an engine's work. */
export function inferenceMetrics(registry: Registry): InferenceMetrics {
  const to = measures(registry)
  const succeed = (labels: { model: string; kind: WorkKind }, startedMs: number, report: WorkReport) => {
    to.success.inc(labels)
    to.request.inc(labels, (performance.now() - startedMs) * 1000)
    to.rows.inc(labels, report.results?.length ?? 1)
    const { timings } = report
    if (timings === undefined) return
    to.queue.inc(labels, timings.queue_ms * 1000)
    to.compute.inc(labels, timings.compute_ms * 1000)
    to.executions.inc(labels, timings.plan?.executions ?? 1)
    to.batch.observe(labels, timings.batch)
  }
  return {
    async measure(kind, model, work) {
      const labels = { model, kind }
      const started = performance.now()
      to.pending.inc({ kind })
      try {
        const result = await work()
        succeed(labels, started, result as WorkReport)
        return result
      } catch (error) {
        const reason = codeOf(error)
        to.failure.inc({ kind, model: labelFor(model, reason), reason })
        throw error
      } finally {
        to.pending.dec({ kind })
      }
    },
  }
}

/**
 * Metrics of an engine's child processes, read when they are asked for.
 * @param processes by their kind
 */
export function processMetrics(
  registry: Registry,
  processes: () => Readonly<Record<string, readonly ProcessStatus[]>>,
): void {
  const gauge = (name: string, help: string, read: (all: readonly ProcessStatus[]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['kind'],
      registers: [registry],
      collect() {
        for (const [kind, all] of Object.entries(processes())) this.set({ kind }, read(all))
      },
    })
  gauge('crp_engine_processes', 'Child processes that run.', (all) => all.length)
  gauge(
    'crp_engine_busy_processes',
    'Child processes that compute now.',
    (all) => all.filter(({ state }) => state === 'busy').length,
  )
  gauge('crp_engine_sessions', 'Sessions and models that child processes hold.', (all) =>
    all.reduce((sum, { held }) => sum + held.length, 0),
  )
  gauge('crp_engine_memory_bytes', 'Private memory of child processes.', (all) =>
    all.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
  )
}
