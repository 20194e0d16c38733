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

/** Aborts where the caller closes the connection before it has the answer. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  return controller.signal
}

/** How long the work on a request may take: until its deadline, or until the caller closes the connection. */
export function workOf(request: FastifyRequest, reply: FastifyReply, limitMs: number): WorkOptions {
  return {
    signal: goneSignal(reply),
    deadline: Date.now() + timeLeft(request, limitMs),
    tenant: tenantOf(request),
  }
}
