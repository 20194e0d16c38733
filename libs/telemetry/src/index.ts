export { createLogger, type Logger, type LogOptions } from './logger.ts'
export { type HttpMetricsOptions, httpMetrics } from './metrics/http.ts'
export {
  type InferenceMetrics,
  inferenceMetrics,
  type ProcessStatus,
  processMetrics,
  type WorkKind,
  type WorkReport,
} from './metrics/inference.ts'
export { type JobMetrics, jobMetrics } from './metrics/jobs.ts'
export { createRegistry, type Registry } from './metrics/registry.ts'
export { type Observe, observeWith } from './observe.ts'
export { requestId } from './request-id.ts'
export { type Service, type ServiceOptions, startService } from './service.ts'
export { createShutdown, type Shutdown, type ShutdownOptions } from './shutdown.ts'
export { startTracing, type Tracing, type TracingOptions, traced, traceHeaders } from './tracing.ts'
