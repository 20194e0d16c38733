import { ProblemError } from '@crp-serve/contracts'
import type { Multipart } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'

/** Bytes of metadata: labels of some ten thousand classes. */
export const maxMetadataBytes = 16 * 1024 ** 2

/** The text of a part of metadata. */
export async function textOf(part: Multipart): Promise<string> {
  // The parser reads a field by itself where it says that it is JSON.
  if (part.type === 'field') return typeof part.value === 'string' ? part.value : JSON.stringify(part.value)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of part.file as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxMetadataBytes) {
      throw new ProblemError('body-too-large', `The metadata is over the limit of ${maxMetadataBytes} bytes.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** @throws ProblemError `malformed-json` */
export function metadataJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ProblemError('malformed-json', `The part "metadata" is not JSON: ${(cause as Error).message}`)
  }
}

/** @param taken the parts that the upload takes */
export const missingPart = (part: string, taken: readonly string[]) =>
  new ProblemError(
    'part-missing',
    `The upload has no part "${part}"; it takes ${taken.map((name) => `"${name}"`).join(' and ')}.`,
    { errors: [{ pointer: '', detail: `the part "${part}" is missing` }] },
  )

/** The parser's own errors are plain; whatever has a code is about something else. */
export function asMultipartError(error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error) return error
  return new ProblemError('malformed-multipart', `The multipart body cannot be read: ${error.message}`)
}

/** Reads away what the caller still sends, so that it comes to read the answer. */
export function readAway(request: FastifyRequest): void {
  request.raw.unpipe()
  request.raw.resume()
}
