import type { Readable } from 'node:stream'
import { ModelMetadata, ProblemError, validate } from '@crp-serve/contracts'
import type { Models, Registration, Upload } from '@crp-serve/engine'
import type { Multipart, MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'

/** Bytes of the metadata: labels of some ten thousand classes. */
const maxMetadataBytes = 16 * 1024 ** 2

/** Limits of the parts; the bytes of files are the engine's to count. */
export const uploadLimits = {
  fieldSize: maxMetadataBytes,
  fileSize: Number.POSITIVE_INFINITY,
  files: 1024,
  fields: 16,
  parts: 1040,
}

async function textOf(part: Multipart): Promise<string> {
  if (part.type === 'field') return String(part.value)
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

function metadataFrom(text: string): ModelMetadata {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ProblemError('malformed-json', `The part "metadata" is not JSON: ${(cause as Error).message}`)
  }
  return validate(ModelMetadata, value)
}

const missing = (part: string) =>
  new ProblemError('part-missing', `The upload has no part "${part}"; it takes "model" and "metadata".`, {
    errors: [{ pointer: '', detail: `the part "${part}" is missing` }],
  })

/** Takes one file: the model, or external data under the name that the model has for it. */
function addFile(upload: Upload, { fieldname, filename, file }: MultipartFile): Promise<void> {
  const stream: Readable = file
  return fieldname === 'model' ? upload.addModel(stream) : upload.addExternal(filename || fieldname, stream)
}

/** Reads all parts: files into the upload, and the text of the metadata. */
async function readParts(request: FastifyRequest, upload: Upload): Promise<string | undefined> {
  let metadata: string | undefined
  for await (const part of request.parts()) {
    if (part.fieldname === 'metadata') metadata = await textOf(part)
    else if (part.type === 'file') await addFile(upload, part)
    else {
      const detail = `The part "${part.fieldname}" is no file and not "metadata".`
      throw new ProblemError('malformed-multipart', detail)
    }
  }
  return metadata
}

/** The parser's own errors are plain; whatever has a code is about something else. */
function asMultipartError(error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error) return error
  return new ProblemError('malformed-multipart', `The multipart body cannot be read: ${error.message}`)
}

/**
 * Reads a multipart upload to disk and registers it.
 * @throws errors of the error table: of multipart and JSON, of the metadata's schema, and what registering throws
 */
export async function registerUpload(request: FastifyRequest, models: Models): Promise<Registration> {
  const upload = await models.begin()
  try {
    const text = await readParts(request, upload).catch((error) => Promise.reject(asMultipartError(error)))
    if (text === undefined) throw missing('metadata')
    if (!upload.hasModel) throw missing('model')
    return await models.register(upload, metadataFrom(text))
  } catch (error) {
    // The caller may still be sending: the rest is read away, so that it comes to read the answer.
    request.raw.unpipe()
    request.raw.resume()
    throw error
  } finally {
    await upload.discard()
  }
}
