import { ProblemError } from '@crp-serve/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Call } from './client.ts'

/**
 * The call to the worker on behalf of a request: it is aborted when the client goes away or the deadline passes.
 * @param timeoutMs milliseconds from now; none where the client's own pace decides, as in uploads
 */
export function callFor(request: FastifyRequest, reply: FastifyReply, timeoutMs?: number): Call {
  const controller = new AbortController()
  const late = () =>
    controller.abort(new ProblemError('deadline-exceeded', `There was no answer within ${timeoutMs} ms.`))
  const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs)
  reply.raw.once('close', () => {
    clearTimeout(timer)
    if (!reply.raw.writableFinished)
      controller.abort(new ProblemError('cancelled', 'The client closed the connection.'))
  })
  return {
    requestId: request.id,
    signal: controller.signal,
    ...(timeoutMs === undefined ? {} : { deadline: performance.now() + timeoutMs }),
  }
}
