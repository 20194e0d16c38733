import { ProblemError } from '@crp-serve/contracts'
import multipart from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { parseJson } from '../json.ts'
import type { GatewayOptions } from '../options.ts'

/** JSON and multipart bodies; anything else is 415. */
export const bodies = fp<GatewayOptions>(async (app, { maxBodyBytes }) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: { method: string }, body: Buffer) => {
      // Some clients name a content type even where they send nothing.
      if (body.length === 0 && request.method === 'DELETE') return undefined
      return parseJson(body)
    },
  )
  await app.register(multipart, { limits: { fileSize: maxBodyBytes } })
})

/** The JSON body of a route that takes no files. @throws ProblemError `unsupported-media-type` where it has parts */
export function jsonOf(request: FastifyRequest): unknown {
  if (!request.isMultipart()) return request.body
  throw new ProblemError(
    'unsupported-media-type',
    'Send the body as `application/json`; the route takes no files.',
  )
}

/** @throws ProblemError `body-too-large` where the announced length is over the limit */
export function checkLength(contentLength: string | undefined, limit: number): void {
  if (Number(contentLength ?? 0) > limit) {
    throw new ProblemError(
      'body-too-large',
      `The body of ${contentLength} bytes is over the limit of ${limit}.`,
    )
  }
}
