import fp from 'fastify-plugin'
import type { FetchLimits } from '../images/fetch.ts'
import type { GatewayOptions } from '../options.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** From where images may be fetched, and how large and slow they may be. */
    imageLimits: FetchLimits
  }
}

/** Longest that the fetching of an image may take. */
const TIMEOUT_MS = 10_000

/** What limits the fetching of images that requests name by URL. */
export const images = fp<GatewayOptions>(async (app, { imageHosts = [], maxImageBytes, imageFetch }) => {
  app.decorate('imageLimits', {
    hosts: imageHosts,
    maxBytes: maxImageBytes,
    timeoutMs: TIMEOUT_MS,
    ...imageFetch,
  })
})
