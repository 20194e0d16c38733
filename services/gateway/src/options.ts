import type { GatewayConfig } from '@crp-serve/config'
import type { Registry, Tracing } from '@crp-serve/telemetry'
import type { FastifyBaseLogger } from 'fastify'

/** What the gateway needs to know; a part of the configuration, and where to log. */
export type GatewayOptions = Pick<
  GatewayConfig,
  'attributionUrl' | 'maxBodyBytes' | 'maxImageBytes' | 'maxRows' | 'requestTimeoutMs'
> & {
  /** No logger, no logs. */
  readonly logger?: FastifyBaseLogger
  /** No registry, no metrics. */
  readonly registry?: Registry
  /** No tracing, no spans. */
  readonly tracing?: Tracing
}
