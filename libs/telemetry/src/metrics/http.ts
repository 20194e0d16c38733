import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export interface HttpMetricsOptions {
  /** Where the metrics go; none, and nothing is measured. */
  readonly registry?: Registry
}

/** From a health probe to the longest synchronous attribution, in seconds. */
const buckets = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

function measures(registry: Registry) {
  const registers = [registry]
  const labelNames = ['method', 'route'] as const
  return {
    duration: new Histogram({
      name: 'crp_http_request_duration_seconds',
      help: 'Time from the headers of a request to the end of its answer, by route and status.',
      labelNames: [...labelNames, 'status'],
      buckets,
      registers,
    }),
    inFlight: new Gauge({
      name: 'crp_http_requests_in_flight',
      help: 'Requests that are not answered yet.',
      registers,
    }),
    received: new Counter({
      name: 'crp_http_request_bytes_total',
      help: 'Bytes of request bodies, as their content-length says.',
      labelNames,
      registers,
    }),
    sent: new Counter({
      name: 'crp_http_response_bytes_total',
      help: 'Bytes of answers, as their content-length says.',
      labelNames,
      registers,
    }),
  }
}

/** The pattern of the route, so that names in paths make no new time series. */
const labelsOf = ({ method, routeOptions }: FastifyRequest) => ({
  method,
  route: routeOptions.url ?? 'none',
})

const lengthOf = (header: unknown): number => {
  const length = Number(header ?? 0)
  return Number.isFinite(length) ? length : 0
}

/** What is counted for a client that went away before it was answered (as nginx does). */
const CLIENT_CLOSED = 499

/** Counts and times every request of an app. `GET /metrics` is the app's own route. */
export const httpMetrics = fp<HttpMetricsOptions>(async (app, { registry }) => {
  if (registry === undefined) return
  const { duration, inFlight, received, sent } = measures(registry)
  const finish = (request: FastifyRequest, reply: FastifyReply) => {
    const labels = labelsOf(request)
    const status = reply.raw.writableFinished ? reply.statusCode : CLIENT_CLOSED
    inFlight.dec()
    duration.observe({ ...labels, status }, reply.elapsedTime / 1000)
    received.inc(labels, lengthOf(request.headers['content-length']))
    sent.inc(labels, lengthOf(reply.getHeader('content-length')))
  }
  app.addHook('onRequest', async (request, reply) => {
    inFlight.inc()
    // Not `onResponse`, which is not called where the client goes away.
    reply.raw.once('close', () => finish(request, reply))
  })
})
