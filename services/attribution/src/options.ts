import type { AttributionConfig } from '@crp-serve/config'
import type { Engine } from '@crp-serve/engine'
import type { Registry, Tracing } from '@crp-serve/telemetry'
import type { FastifyBaseLogger } from 'fastify'

/** What the worker's app needs: a running engine, limits, and where to log. */
export type AppOptions = Pick<
  AttributionConfig,
  'maxBodyBytes' | 'requestTimeoutMs' | 'queueLimit' | 'queueBytes'
> & {
  readonly engine: Engine
  /** No logger, no logs. */
  readonly logger?: FastifyBaseLogger
  /** No registry, no metrics. */
  readonly registry?: Registry
  /** No tracing, no spans. */
  readonly tracing?: Tracing
}
