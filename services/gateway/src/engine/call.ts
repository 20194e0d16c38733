import { ProblemError } from '@crp-serve/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { lateness, timeoutOf } from '../deadline.ts'
import type { Call } from './client.ts'

/**
 * The call to a worker on behalf of a request: it is aborted when the client goes away or the deadline passes.
 * @param limitMs milliseconds from now, which a `request-timeout` header can shorten; none where the client's own pace
 *   decides, as in uploads
 * @throws ProblemError `validation-failed` for a `request-timeout` header that says nothing sensible
 */
export function callFor(request: FastifyRequest, reply: FastifyReply, limitMs?: number): Call {
  const controller = new AbortController()
  const timeoutMs = limitMs === undefined ? undefined : timeoutOf(request, limitMs)
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => controller.abort(lateness(timeoutMs)), timeoutMs)
  reply.raw.once('close', () => {
    clearTimeout(timer)
    if (!reply.raw.writableFinished)
      controller.abort(new ProblemError('cancelled', 'The client closed the connection.'))
  })
  return {
    requestId: request.id,
    tenant: request.tenant,
    signal: controller.signal,
    ...(timeoutMs === undefined ? {} : { deadline: performance.now() + timeoutMs }),
  }
}
