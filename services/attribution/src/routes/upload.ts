import type { Readable } from 'node:stream'
import { ModelMetadata, ProblemError, validate } from '@crp-serve/contracts'
import type { Models, Registration, Upload } from '@crp-serve/engine'
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import {
  asMultipartError,
  maxMetadataBytes,
  metadataJson,
  missingPart,
  readAway,
  textOf,
} from '../multipart.ts'

/** Limits of the parts; the bytes of files are the engine's to count. */
export const uploadLimits = {
  fieldSize: maxMetadataBytes,
  fileSize: Number.POSITIVE_INFINITY,
  files: 1024,
  fields: 16,
  parts: 1040,
}

const taken = ['model', 'metadata'] as const

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

/**
 * Reads a multipart upload to disk and registers it.
 * @throws errors of the error table: of multipart and JSON, of the metadata's schema, and what registering throws
 */
export async function registerUpload(request: FastifyRequest, models: Models): Promise<Registration> {
  const upload = await models.begin()
  try {
    const text = await readParts(request, upload).catch((error) => Promise.reject(asMultipartError(error)))
    if (text === undefined) throw missingPart('metadata', taken)
    if (!upload.hasModel) throw missingPart('model', taken)
    return await models.register(upload, validate(ModelMetadata, metadataJson(text)))
  } catch (error) {
    readAway(request)
    throw error
  } finally {
    await upload.discard()
  }
}
