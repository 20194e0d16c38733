import { DEADLINE_HEADER, TENANT_HEADER } from '@crp-serve/contracts'
import type { WorkOptions } from '@crp-serve/engine'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** On whose behalf the gateway asks. */
export const tenantOf = ({ headers }: FastifyRequest): string => String(headers[TENANT_HEADER] ?? '')

/** Milliseconds that the caller gives, or the limit. */
function timeLeft(request: FastifyRequest, limitMs: number): number {
  const given = Number(request.headers[DEADLINE_HEADER])
  return Number.isInteger(given) && given > 0 ? Math.min(given, limitMs) : limitMs
}

/** How long the work on a request may take: until its deadline, or until the caller closes the connection. */
export function workOf(request: FastifyRequest, reply: FastifyReply, limitMs: number): WorkOptions {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  return {
    signal: controller.signal,
    deadline: Date.now() + timeLeft(request, limitMs),
    tenant: tenantOf(request),
  }
}
