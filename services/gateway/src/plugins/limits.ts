import { setTimeout as sleep } from 'node:timers/promises'
import { ProblemError } from '@crp-serve/contracts'
import rateLimit, { type RateLimitPluginOptions } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Redis } from 'ioredis'
import { scopeOf } from '../access/scope.ts'
import type { GatewayOptions } from '../options.ts'

const MINUTE_MS = 60_000

/** How long the service waits for Redis before it takes requests that nothing counts. */
const connectLimitMs = 2000

/** Who a request counts for: a key, or an address where there are none. */
const clientOf = ({ apiKey, ip }: FastifyRequest): string => (apiKey ? `key:${apiKey.id}` : `address:${ip}`)

/** Routes that ask for no key are not limited either: probes must not be told to come back. */
const isFree = ({ method, routeOptions: { url } }: FastifyRequest): boolean =>
  url === undefined || scopeOf(method, url) === undefined

/** At most so many requests a minute for each key or address; counted in Redis where there is one. */
export const limits = fp<GatewayOptions>(async (app, { rateLimitPerMinute, rateLimitRedisUrl }) => {
  if (!rateLimitPerMinute) return
  const redis = rateLimitRedisUrl
    ? new Redis(rateLimitRedisUrl, {
        enableOfflineQueue: false,
        maxRetriesPerRequest: 1,
        connectTimeout: connectLimitMs,
        lazyConnect: true,
      })
    : undefined
  // Where Redis is away the service stays, and says that nothing is limited.
  redis?.on('error', (err) =>
    app.log.error({ err }, 'rate limits: Redis does not answer; nothing is limited'),
  )
  // The first requests count too: what comes while the connection is not there yet would pass uncounted.
  app.addHook('onReady', async () => {
    const connected = redis?.connect().catch(() => undefined)
    // One that is loading its data or does not answer says so to no limit of its own.
    await Promise.race([connected, sleep(connectLimitMs, undefined, { ref: false })])
  })
  app.addHook('onClose', async () => redis?.disconnect())
  const options: RateLimitPluginOptions = {
    max: rateLimitPerMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: clientOf,
    allowList: isFree,
    skipOnError: true,
    nameSpace: 'crp-serve-rate-limit-',
    errorResponseBuilder: (_request, { max, ttl }) =>
      new ProblemError(
        'rate-limited',
        `There may be ${max} requests a minute; try again in ${Math.ceil(ttl / 1000)} s.`,
        {
          retryAfter: Math.max(1, Math.ceil(ttl / 1000)),
        },
      ),
  }
  await app.register(rateLimit, redis === undefined ? options : { ...options, redis })
})
