import { ProblemError, pointer, problemAt, schemaLimits, type TakePart } from '@crp-serve/contracts'
import type { FastifyRequest } from 'fastify'
import { resolveImages } from './images/resolve.ts'
import { parseJson } from './json.ts'
import { checkLength } from './plugins/bodies.ts'

/** The JSON of a request and the files that came with it. */
export interface Submission {
  readonly json: unknown
  readonly takePart: TakePart
  /** @throws ProblemError `part-missing` where a part was not taken */
  readonly finish: () => void
}

interface Part {
  readonly name: string
  readonly filename: string | undefined
  readonly bytes: Uint8Array
}

/** Parts of any multipart request: the JSON, and one file per input. */
const MAX_PARTS = schemaLimits.inputs + 1

/**
 * Reads a JSON body, or a multipart body with a `request` part of JSON and files.
 * @param signal ends the fetching of images by URL; its reason is thrown
 * @throws ProblemError `body-too-large`, `malformed-multipart`, `malformed-json`, `part-missing`, `image-url-refused`
 */
export async function readSubmission(
  request: FastifyRequest,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Submission> {
  const { json, takePart, finish } = await readBody(request, maxBytes)
  const resolved = await resolveImages(json, takePart, request.server.imageLimits, maxBytes, signal)
  return { ...resolved, finish }
}

async function readBody(request: FastifyRequest, maxBytes: number): Promise<Submission> {
  if (!request.isMultipart()) return { json: request.body, takePart: takeFrom([]), finish: () => undefined }
  checkLength(request.headers['content-length'], maxBytes)
  const late = new Promise<never>((_resolve, reject) => {
    request.giveUpBody = reject
  })
  const parts = await Promise.race([readParts(request, maxBytes), late])
  const index = parts.findIndex(({ name }) => name === 'request')
  const [main] = index < 0 ? [] : parts.splice(index, 1)
  if (main === undefined)
    throw problemAt('part-missing', '', 'a part named `request` with the JSON is required')
  return {
    json: parseJson(main.bytes, 'The part `request`'),
    takePart: takeFrom(parts),
    finish: () => refuseLeftOvers(parts),
  }
}

/** A part belongs to an input by its name or file name; a part named `image` is taken in order. */
function takeFrom(parts: Part[]): TakePart {
  return (wanted, at) => {
    const fits = [
      ({ name }: Part) => name === wanted,
      ({ filename }: Part) => filename === wanted,
      ({ name }: Part) => name === 'image',
    ]
    const index = fits.map((fit) => parts.findIndex(fit)).find((found) => found >= 0)
    const part = index === undefined ? undefined : parts.splice(index, 1)[0]
    if (part !== undefined) return part.bytes
    throw problemAt('part-missing', at, `names the part "${wanted}", which was not sent (or is used already)`)
  }
}

function refuseLeftOvers(parts: readonly Part[]): void {
  if (parts.length === 0) return
  const names = parts.map(({ name }) => `"${name}"`).join(', ')
  throw problemAt('part-missing', pointer('inputs'), `no input names the part(s) ${names}`)
}

async function readParts(request: FastifyRequest, maxBytes: number): Promise<Part[]> {
  const parts: Part[] = []
  let left = maxBytes
  try {
    for await (const part of withPlainBody(request).parts({
      isPartAFile: () => true,
      limits: { files: MAX_PARTS, parts: MAX_PARTS },
    })) {
      if (part.type !== 'file') continue
      const bytes = await readPart(part.file, left)
      left -= bytes.length
      parts.push({ name: part.fieldname, filename: part.filename, bytes })
    }
  } catch (error) {
    throw multipartProblem(error)
  }
  return parts
}

/** The request for the multipart parser, which reads the raw body by itself: without its content coding. */
const withPlainBody = (request: FastifyRequest): FastifyRequest =>
  request.decodedBody === null
    ? request
    : (Object.create(request, {
        raw: { value: Object.assign(request.decodedBody, { headers: request.raw.headers }) },
      }) as FastifyRequest)

async function readPart(file: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of file) {
    length += chunk.length
    if (length > limit) throw new ProblemError('body-too-large', 'The parts are over the limit together.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

function multipartProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  return new ProblemError(
    'malformed-multipart',
    `The multipart body cannot be read: ${(error as Error).message}`,
    {
      cause: error,
    },
  )
}
