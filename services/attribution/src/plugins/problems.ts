import { type ErrorCode, PROBLEM_TYPE, ProblemError, retryAfter, toProblem } from '@crp-serve/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/** What Fastify's own errors mean in the error table. */
const frameworkErrors: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed-request',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_BAD_URL: 'malformed-request',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'unsupported-media-type',
  FST_INVALID_JSON_FIELD_ERROR: 'malformed-json',
  FST_PARTS_LIMIT: 'malformed-multipart',
  FST_FILES_LIMIT: 'malformed-multipart',
  FST_FIELDS_LIMIT: 'malformed-multipart',
}

function translated(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: string }
  const known = typeof code === 'string' ? frameworkErrors[code] : undefined
  return known === undefined ? error : new ProblemError(known, message ?? known, { cause: error })
}

function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = translated(thrown)
  const problem = toProblem(error, { instance: request.url.split('?', 1)[0] ?? '', requestId: request.id })
  if (problem.status === 500) request.log.error({ err: thrown, code: problem.code }, problem.title)
  else if (problem.status > 500) request.log.warn({ code: problem.code }, problem.detail)
  else request.log.info({ code: problem.code }, problem.detail)
  const seconds = retryAfter(error)
  if (seconds !== undefined) reply.header('retry-after', seconds)
  return reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
}

/** Every error and every unknown path becomes a problem document (RFC 9457). */
export const problems = fp(async (app) => {
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler((request, reply) =>
    sendProblem(new ProblemError('not-found', `There is nothing at ${request.url}.`), request, reply),
  )
})
