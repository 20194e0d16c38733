import type { Socket } from 'node:net'
import {
  type ErrorCode,
  errorKind,
  PROBLEM_TYPE,
  type Problem,
  ProblemError,
  REQUEST_ID_HEADER,
  retryAfter,
  toProblem,
} from '@crp-serve/contracts'
import { requestId } from '@crp-serve/telemetry'
import type { ConnectionError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/** What Fastify's own errors mean in our table, with the detail for the client. */
const frameworkErrors: Readonly<Record<string, readonly [code: ErrorCode, detail: string]>> = {
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'malformed-request',
    'The body is not as long as `content-length` says.',
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported-media-type',
    'Send the body as `application/json`, or as `multipart/form-data` where the route takes files.',
  ],
  FST_ERR_MAX_PARAM_LENGTH: ['not-found', 'A name in the path is longer than any name is.'],
  FST_ERR_BAD_URL: ['malformed-request', 'The path is not a valid URL path.'],
}

/** Any error as one of the table. What else Fastify lays at the client's door is a malformed request. */
function translate(error: unknown, { routeOptions }: FastifyRequest): unknown {
  const { code, statusCode, message } = error as { code?: unknown; statusCode?: number; message?: string }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const detail = `The body is over the limit of ${routeOptions.bodyLimit} bytes.`
    return new ProblemError('body-too-large', detail, { cause: error })
  }
  const known = typeof code === 'string' ? frameworkErrors[code] : undefined
  if (known !== undefined) return new ProblemError(known[0], known[1], { cause: error })
  const blamed = String(code).startsWith('FST_') && statusCode !== undefined && statusCode < 500
  return blamed ? new ProblemError('malformed-request', message ?? '', { cause: error }) : error
}

/** Why a service could not answer, in a line: its stack would say nothing more. */
const reasonOf = (error: unknown): string | undefined => {
  const { cause } = error as { cause?: { message?: string } }
  return cause?.message
}

const pathOf = (request: FastifyRequest) => request.url.split('?', 1)[0] ?? ''

/** Where clients of the Open Inference Protocol and of KServe look for a member `error`. */
const inferencePaths = /^\/v2(\/|$)|:(predict|explain)$/

/** A problem document for the clients of a path. */
const documentFor = (problem: Problem, path: string): Problem =>
  inferencePaths.test(path) ? { ...problem, error: problem.detail } : problem

/** Answers a request with the problem document of an error; logs what is our fault. */
function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = translate(thrown, request)
  const path = pathOf(request)
  const problem = documentFor(toProblem(error, { instance: path, requestId: request.id }), path)
  if (problem.status === 500) request.log.error({ err: thrown, code: problem.code }, problem.title)
  else if (problem.status > 500)
    request.log.warn({ code: problem.code, reason: reasonOf(error) }, problem.detail)
  else request.log.info({ code: problem.code, errors: problem.errors }, problem.detail)
  const seconds = retryAfter(error)
  if (seconds !== undefined) reply.header('retry-after', seconds)
  return reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
}

/** Every error and every unknown path becomes a problem document (RFC 9457). */
export const problems = fp(async (app) => {
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is nothing at ${pathOf(request)}; the routes are at /docs.`
    return sendProblem(new ProblemError('not-found', detail), request, reply)
  })
})

/** Answers a path that Fastify cannot route, before any hook has run. */
export function answerBadPath(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  reply.header(REQUEST_ID_HEADER, request.id)
  sendProblem(error, request, reply)
}

/** What Node's parser makes of a connection on which no request could be read. */
const socketErrors: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
}

/** Answers a connection on which no request could be read. */
export function answerBrokenSocket(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = socketErrors[error.code] ?? 'malformed-request'
  const id = requestId(undefined)
  const body = JSON.stringify(toProblem(new ProblemError(code, errorKind(code).when), { requestId: id }))
  const lines = [
    `HTTP/1.1 ${errorKind(code).status} Error`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `${REQUEST_ID_HEADER}: ${id}`,
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
