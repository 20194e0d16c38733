import { INFERENCE_HEADER_LENGTH, ProblemError } from '@crp-serve/contracts'
import type { FastifyRequest } from 'fastify'
import { parseJson } from '../json.ts'

/** A body of the binary tensor extension: JSON, and the bytes of tensors behind it. */
export interface InferenceBody {
  readonly json: unknown
  readonly binary: Uint8Array
}

/** Length of the JSON in front of the bytes; all of the body without the header. */
function headerLength(request: FastifyRequest, bodyLength: number): number {
  const given = request.headers[INFERENCE_HEADER_LENGTH]
  if (given === undefined) return bodyLength
  // The check of the headers has made a number of it already, where it could.
  const length = /^\d{1,15}$/.test(String(given)) ? Number(given) : Number.NaN
  if (length <= bodyLength) return length
  throw new ProblemError(
    'malformed-request',
    `The header \`${INFERENCE_HEADER_LENGTH}\` must be the length of the JSON, from 0 to the ${bodyLength} bytes of the body.`,
  )
}

/**
 * Splits the body of an inference.
 * @throws ProblemError `malformed-request` where the header is no length, `malformed-json`
 */
export function splitBody(request: FastifyRequest): InferenceBody {
  const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0)
  const length = headerLength(request, body.length)
  return { json: parseJson(body.subarray(0, length), 'The JSON of the body'), binary: body.subarray(length) }
}
