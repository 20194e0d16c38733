import { createLogger, type Logger } from './logger.ts'
import { createRegistry, type Registry } from './metrics/registry.ts'
import { createShutdown, type Shutdown } from './shutdown.ts'
import { startTracing, type Tracing } from './tracing.ts'

export interface ServiceOptions {
  /** Least severe level that is logged. */
  readonly logLevel: string
  /** Address of an OTLP collector; null, and there is no tracing. */
  readonly otlpEndpoint: string | null
  /** Share of the traces that are recorded, 0 to 1. */
  readonly traceSampleRatio: number
}

/** What every service has around its app. */
export interface Service {
  readonly log: Logger
  readonly registry: Registry
  readonly tracing: Tracing
  readonly shutdown: Shutdown
}

/**
 * Starts what every service has around its app: logs, metrics, traces, and an end in order, of which that of tracing comes last.
 * @param name on log lines and metrics, and with the product's in front on spans
 * @param graceMs milliseconds that the end may take
 */
export function startService(name: string, options: ServiceOptions, graceMs: number): Service {
  const log = createLogger({ service: name, level: options.logLevel })
  const shutdown = createShutdown({ log, graceMs })
  const tracing = startTracing({
    service: `crp-serve-${name}`,
    endpoint: options.otlpEndpoint,
    sampleRatio: options.traceSampleRatio,
  })
  shutdown.add('tracing', () => tracing.close())
  return { log, registry: createRegistry(name), tracing, shutdown }
}
