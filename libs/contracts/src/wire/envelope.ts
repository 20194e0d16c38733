/**
 * The envelope: how a message with binary parts travels between gateway and worker.
 *
 *     uint32, little-endian      length L of the header in bytes
 *     L bytes                    header, UTF-8 JSON: {"message": …, "blobs": [[offset, length], …]}
 *     padding to a multiple of 8
 *     blobs                      each starts at a multiple of 8; offsets count from the first byte after the padding
 *
 * In the message a byte array is `{"$blob": i}`. A field of the sender's own whose name is `$blob` with any number
 * of further `$` in front gets one more `$`, so that every JSON value survives.
 */
export const ENVELOPE_TYPE = 'application/x-crp-envelope'

const ALIGNMENT = 8
const LENGTH_BYTES = 4
const RESERVED = /^\$+blob$/

/** Raised where bytes are not an envelope; a defect of the sender, not of a client. */
export class EnvelopeError extends Error {
  readonly code = 'envelope-malformed'
  constructor(message: string) {
    super(message)
    this.name = 'EnvelopeError'
  }
}

const padding = (length: number): number => (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT

/**
 * Encodes a message. Byte arrays may stand anywhere in it; they are passed on without being copied.
 * @returns chunks to be written one after the other
 */
export function encodeEnvelope(message: unknown): Uint8Array[] {
  const blobs: Uint8Array[] = []
  const table: [offset: number, length: number][] = []
  let end = 0
  const lift = (bytes: Uint8Array) => {
    table.push([end, bytes.length])
    end += bytes.length + padding(bytes.length)
    return { $blob: blobs.push(bytes) - 1 }
  }
  const json = replaceBytes(message, lift)
  const header = Buffer.from(JSON.stringify({ message: json, blobs: table }), 'utf8')
  const length = new Uint8Array(LENGTH_BYTES)
  new DataView(length.buffer).setUint32(0, header.length, true)
  const chunks: Uint8Array[] = [length, header, new Uint8Array(padding(LENGTH_BYTES + header.length))]
  for (const blob of blobs) chunks.push(blob, new Uint8Array(padding(blob.length)))
  return chunks.filter((chunk) => chunk.length > 0)
}

/** Total bytes of chunks, for `content-length`. */
export const byteLength = (chunks: readonly Uint8Array[]): number =>
  chunks.reduce((sum, chunk) => sum + chunk.length, 0)

function replaceBytes(value: unknown, lift: (bytes: Uint8Array) => unknown): unknown {
  if (value instanceof Uint8Array) return lift(value)
  if (Array.isArray(value)) return value.map((item) => replaceBytes(item, lift))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      RESERVED.test(key) ? `$${key}` : key,
      replaceBytes(item, lift),
    ]),
  )
}

/**
 * Decodes an envelope. The byte arrays of the message are views of `bytes` (or of one aligned copy of it) and start
 * at multiples of 8, so that typed arrays can lie over them.
 * @throws EnvelopeError
 */
export function decodeEnvelope<T = unknown>(bytes: Uint8Array): T {
  const aligned = bytes.byteOffset % ALIGNMENT === 0 ? bytes : new Uint8Array(bytes)
  const { message, blobs, start } = readHeader(aligned)
  const views = blobs.map(([offset, length]) => {
    const from = start + offset
    if (offset % ALIGNMENT !== 0 || from + length > aligned.length)
      throw new EnvelopeError(`blob at ${offset} of ${length} bytes does not lie inside the envelope`)
    return aligned.subarray(from, from + length)
  })
  return restoreBytes(message, views) as T
}

interface Header {
  readonly message: unknown
  readonly blobs: readonly (readonly [offset: number, length: number])[]
  readonly start: number
}

const isSpan = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((n) => Number.isSafeInteger(n) && n >= 0)

function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < LENGTH_BYTES) throw new EnvelopeError('the envelope is shorter than its length field')
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const end = LENGTH_BYTES + length
  if (end > bytes.length) throw new EnvelopeError(`the header of ${length} bytes is cut off`)
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, end))
  if (!Array.isArray(header.blobs) || !header.blobs.every(isSpan))
    throw new EnvelopeError('the table of blobs is not a list of [offset, length]')
  return { message: header.message, blobs: header.blobs, start: end + padding(end) }
}

function parseHeader(bytes: Uint8Array): { message?: unknown; blobs?: unknown } {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof header === 'object' && header !== null) return header
  } catch {
    // Reported below, together with JSON that is no object.
  }
  throw new EnvelopeError('the header is not a JSON object in UTF-8')
}

function restoreBytes(value: unknown, views: readonly Uint8Array[]): unknown {
  if (Array.isArray(value)) return value.map((item) => restoreBytes(item, views))
  if (typeof value !== 'object' || value === null) return value
  if ('$blob' in value) {
    const view = views[Number(value.$blob)]
    if (view === undefined) throw new EnvelopeError(`there is no blob ${String(value.$blob)}`)
    return view
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      RESERVED.test(key) ? key.slice(1) : key,
      restoreBytes(item, views),
    ]),
  )
}
