import type { Readable } from 'node:stream'
import { ProblemError } from '@crp-serve/contracts'
import type { ArchiveUpload } from '@crp-serve/engine'
import type { FastifyRequest } from 'fastify'
import {
  asMultipartError,
  maxMetadataBytes,
  metadataJson,
  missingPart,
  readAway,
  textOf,
} from './multipart.ts'

const taken = ['data', 'metadata'] as const

/** Limits of the parts; the bytes of the archive are the engine's to count. */
export const archiveLimits = {
  fieldSize: maxMetadataBytes,
  fileSize: Number.POSITIVE_INFINITY,
  files: 2,
  fields: 2,
  parts: 3,
}

/** Reads all parts: the archive into the upload, and the text of the metadata. */
async function readParts(request: FastifyRequest, upload: ArchiveUpload): Promise<string> {
  let metadata: string | undefined
  let hasData = false
  for await (const part of request.parts()) {
    if (part.fieldname === 'metadata') {
      metadata = await textOf(part)
    } else if (part.fieldname === 'data' && part.type === 'file' && !hasData) {
      hasData = true
      await upload.take(part.file as Readable)
    } else {
      const detail = `The part "${part.fieldname}" is left over; the upload takes one file "data" and "metadata".`
      throw new ProblemError('malformed-multipart', detail)
    }
  }
  if (!hasData) throw missingPart('data', taken)
  if (metadata === undefined) throw missingPart('metadata', taken)
  return metadata
}

/**
 * Receives an archive (`data`) with its `metadata`, and removes it when it has been used.
 * @throws errors of the error table: of multipart and JSON, and what `use` throws
 */
export async function receiveArchive<T>(
  request: FastifyRequest,
  upload: ArchiveUpload,
  use: (upload: ArchiveUpload, metadata: unknown) => Promise<T>,
): Promise<T> {
  try {
    const text = await readParts(request, upload).catch((error) => Promise.reject(asMultipartError(error)))
    return await use(upload, metadataJson(text))
  } catch (error) {
    readAway(request)
    throw error
  } finally {
    await upload.discard()
  }
}
