import { FastifyOtelInstrumentation } from '@fastify/otel'
import { type Attributes, context, propagation, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node'
import type { FastifyInstance } from 'fastify'

export interface TracingOptions {
  /** Name of the service on every span. */
  readonly service: string
  /** Address of an OTLP collector over HTTP, such as http://127.0.0.1:4318; null, and there is no tracing. */
  readonly endpoint: string | null
  /** Share of the traces that begin here which are recorded, 0 to 1; of others the caller has decided. */
  readonly sampleRatio: number
}

/** The tracing of this process. */
export interface Tracing {
  /** Makes every request to an app a span, the child of its caller's (W3C trace context). Before all routes. */
  instrument(app: FastifyInstance): void
  /** Sends what is recorded and ends tracing. */
  close(): Promise<void>
}

const off: Tracing = { instrument: () => undefined, close: async () => undefined }

const tracer = () => trace.getTracer('crp-serve')

/**
 * Starts OpenTelemetry tracing where an endpoint is configured: context from and to W3C headers, spans in batches to an
 * OTLP collector. Without it, everything of this module does nothing and costs nothing.
 */
export function startTracing({ service, endpoint, sampleRatio }: TracingOptions): Tracing {
  if (endpoint === null) return off
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` })
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  provider.register()
  const instrumentation = new FastifyOtelInstrumentation({ instrumentHooks: false })
  instrumentation.setTracerProvider(provider)
  return {
    instrument: (app) => void app.register(instrumentation.plugin()),
    close: () => provider.shutdown(),
  }
}

/** The headers that carry the present trace to another service; none where there is no trace. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {}
  propagation.inject(context.active(), headers)
  return headers
}

/** Does work in a span of its own; what the work throws is recorded and thrown on. */
export function traced<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer().startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      span.recordException(error as Error)
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message })
      throw error
    } finally {
      span.end()
    }
  })
}

/** Adds a span that has ended already, a part of the present one. @param endMs, durationMs in the time of `Date.now()` */
export function recordSpan(name: string, endMs: number, durationMs: number): void {
  tracer()
    .startSpan(name, { startTime: endMs - durationMs })
    .end(endMs)
}
