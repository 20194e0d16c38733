import type { GatewayConfig } from '@crp-serve/config'
import type { StoreConfig } from '@crp-serve/storage'
import type { Registry, Tracing } from '@crp-serve/telemetry'
import type { FastifyBaseLogger } from 'fastify'
import type { FetchLimits } from './images/fetch.ts'

/** Where jobs are kept. */
export interface JobsOptions {
  /** `redis://…` or `postgres://…`. */
  readonly queueUrl: string
  /** Most rows of a request that becomes a job. */
  readonly maxRows: number
  /** Where requests and results of jobs lie. */
  readonly store: StoreConfig
}

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
    /** Without, the gateway takes no jobs. */
    readonly jobs?: JobsOptions
    /** No logger, no logs. */
    readonly logger?: FastifyBaseLogger
    /** No registry, no metrics. */
    readonly registry?: Registry
    /** No tracing, no spans. */
    readonly tracing?: Tracing
    /** Other limits for fetching images than those of the public internet; tests have a server of their own. */
    readonly imageFetch?: Partial<FetchLimits>
  }
