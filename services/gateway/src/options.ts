import type { GatewayConfig } from '@crp-serve/config'
import type { Registry, Tracing } from '@crp-serve/telemetry'
import type { FastifyBaseLogger } from 'fastify'
import type { FetchLimits } from './images/fetch.ts'

/** What the gateway needs to know; a part of the configuration, and where to log. */
export type GatewayOptions = Pick<
  GatewayConfig,
  'attributionUrls' | 'maxBodyBytes' | 'maxImageBytes' | 'maxRows' | 'requestTimeoutMs' | 'bodyTimeoutMs'
> &
  Partial<
    Pick<
      GatewayConfig,
      'apiKeysFile' | 'rateLimitPerMinute' | 'rateLimitRedisUrl' | 'corsOrigins' | 'imageHosts'
    >
  > & {
    /** No logger, no logs. */
    readonly logger?: FastifyBaseLogger
    /** No registry, no metrics. */
    readonly registry?: Registry
    /** No tracing, no spans. */
    readonly tracing?: Tracing
    /** Other limits for fetching images than those of the public internet; tests have a server of their own. */
    readonly imageFetch?: Partial<FetchLimits>
  }
