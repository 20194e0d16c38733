import { trace } from '@opentelemetry/api'
import {
  type DestinationStream,
  destination,
  type Logger,
  type LoggerOptions,
  pino,
  stdTimeFunctions,
} from 'pino'

export type { Logger } from 'pino'

export interface LogOptions {
  /** Name of the service, on every line. */
  readonly service: string
  /** Least severe level that is written: trace, debug, info, warn, error, fatal or silent. */
  readonly level: string
  /** Where lines go; standard output by default. */
  readonly destination?: DestinationStream
}

const secrets = ['authorization', 'cookie', '["set-cookie"]', '["proxy-authorization"]', '["x-api-key"]']
const places = ['', '*.', 'headers.', '*.headers.', 'req.headers.', 'res.headers.']

/** `place` and `name` as a pino redaction path: bracketed names take no dot. */
function path(place: string, name: string): string {
  return name.startsWith('[') ? `${place.replace(/\.$/, '')}${name}` : `${place}${name}`
}

/** The ids of the present trace, so that a log line finds its span; nothing where there is none. */
function traceIds(): object {
  const span = trace.getActiveSpan()?.spanContext()
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId }
}

/**
 * A logger that writes one JSON object a line, with an ISO time, the level by name and the service, and the ids of the
 * trace where there is one. Headers that carry
 * secrets are written as `[redacted]`, wherever they usually stand in a line.
 */
export function createLogger(given: LogOptions): Logger {
  const { service, level } = given
  const options: LoggerOptions = {
    level,
    base: { service, pid: process.pid },
    mixin: traceIds,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: places.flatMap((place) => secrets.map((name) => path(place, name))),
      censor: '[redacted]',
    },
  }
  // pino's own default writes asynchronously: at process.exit() a line still under way lands after later ones, or never.
  return pino(options, given.destination ?? destination({ dest: 1, sync: true }))
}
