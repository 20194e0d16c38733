import { Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { ProblemError } from '@crp-serve/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callFor } from './call.ts'
import type { Passage } from './client.ts'
import type { Answer } from './worker.ts'

/** What of the client's headers concerns the worker. */
const requestHeaders = ['if-none-match'] as const

/** What of the worker's headers concerns the client. */
const answerHeaders = [
  'content-type',
  'content-length',
  'content-disposition',
  'location',
  'etag',
  'cache-control',
] as const

const queryOf = (request: FastifyRequest): string => {
  const start = request.url.indexOf('?')
  return start < 0 ? '' : request.url.slice(start)
}

const pick = (headers: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  )

/** A handler of a route. */
export type Route = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/**
 * Passes requests on to the worker and its answers back, both as streams.
 * @param timeoutMs milliseconds for the whole answer; undefined where its size decides
 */
export function passTo(
  app: FastifyInstance,
  timeoutMs: number | undefined,
  pathOf: (request: FastifyRequest) => string,
): Route {
  return async (request, reply) => {
    const method = request.method === 'DELETE' ? 'DELETE' : 'GET'
    const passage = {
      method,
      path: pathOf(request) + queryOf(request),
      headers: pick(request.headers, requestHeaders),
    } as const
    return answer(reply, await app.engine.pass(passage, callFor(request, reply, timeoutMs)))
  }
}

/** Bytes of a body that are read away, so that its connection can be used again. */
const cheapBytes = 65536

/**
 * Passes work on for which there is no deadline. A connection is taken for dead after a silence, but while we are at work
 * it is not the client's turn to speak: once the body is there, only a closed connection means that it has gone.
 */
async function passPatiently(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  passage: Passage,
): Promise<FastifyReply> {
  const { raw } = request
  const { socket } = raw
  // A request that is injected has no connection.
  const silence = (ms: number) => void (socket instanceof Socket && socket.setTimeout(ms))
  const bePatient = () => silence(0)
  if (raw.readableEnded) bePatient()
  else raw.once('end', bePatient)
  try {
    return answer(reply, await app.engine.pass(passage, callFor(request, reply)))
  } finally {
    raw.off('end', bePatient)
    silence(app.server.timeout)
  }
}

/** Passes an upload on. The deadline starts when the client has sent everything: its line may be slow. */
export const passUpload = (app: FastifyInstance, path: string): Route => {
  return async (request, reply) => {
    // Without its content coding the body has another length.
    const headers = pick(
      request.headers,
      request.decodedBody ? ['content-type'] : ['content-type', 'content-length'],
    )
    // The worker may answer before it has read everything, and its connection then takes the stream down with it. That
    // must not be the client's own socket, which still has to bring the answer. The rest of the upload is read away then.
    const source = request.decodedBody ?? request.raw
    const body = source.pipe(new PassThrough())
    source.once('error', (error) => body.destroy(error))
    body.once('close', () => source.unpipe(body).resume())
    return passPatiently(app, request, reply, { method: 'POST', path, headers, body })
  }
}

/** Passes a JSON body on once it is checked. The deadline is the worker's own. */
export const passJson = (app: FastifyInstance, path: string, check: (body: unknown) => unknown): Route => {
  return async (request, reply) => {
    const body = Readable.from([Buffer.from(JSON.stringify(check(request.body)))])
    const headers = { 'content-type': 'application/json' }
    return passPatiently(app, request, reply, { method: 'POST', path, headers, body })
  }
}

function answer(reply: FastifyReply, { statusCode, headers, body }: Answer): FastifyReply {
  reply.headers(pick(headers, answerHeaders)).code(statusCode)
  if (reply.request.method === 'HEAD') {
    // What the answer would hold need not be made: a long body ends here, and the worker's work with it.
    body.dump({ limit: cheapBytes }).catch(() => undefined)
    return withoutBody(reply)
  }
  if (statusCode !== 204 && statusCode !== 304) return reply.send(body)
  body.resume()
  return reply.send()
}

/** Answers HEAD where the length of the body is not known. */
export const withoutBody = (reply: FastifyReply): FastifyReply => reply.send(Readable.from([]))

/** Refuses a body that is no multipart before it is read. */
export const requireMultipart =
  (...parts: readonly string[]) =>
  async (request: FastifyRequest): Promise<void> => {
    if (/^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '')) return
    const named = parts.map((part) => `\`${part}\``).join(' and ')
    throw new ProblemError('unsupported-media-type', `Send \`multipart/form-data\` with the parts ${named}.`)
  }
