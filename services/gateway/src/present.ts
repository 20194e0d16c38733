import { randomUUID } from 'node:crypto'
import { type BinaryTensor, type Encoding, encodeBase64, encodeTensor } from '@crp-serve/contracts'
import type { FastifyReply } from 'fastify'

const isTensor = (value: object): value is BinaryTensor =>
  'datatype' in value && 'data' in value && value.data instanceof Uint8Array

/** A value as JSON shows it, its bytes as the texts that stand for them. */
function shown(value: unknown, encoding: Encoding, textOf: (bytes: Uint8Array) => string): unknown {
  if (value instanceof Uint8Array) return textOf(value)
  if (Array.isArray(value)) return value.map((item) => shown(item, encoding, textOf))
  if (typeof value !== 'object' || value === null) return value
  if (isTensor(value) && encoding === 'json') return encodeTensor(value, encoding)
  if (isTensor(value)) return { shape: value.shape, datatype: value.datatype, base64: textOf(value.data) }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item, encoding, textOf)]))
}

const base64Length = ({ length }: Uint8Array): number => 4 * Math.ceil(length / 3)

/**
 * A message of the worker as JSON in UTF-8: tensors in the encoding that was asked for, other bytes (PNG) as base64.
 * Base64 is put into the text when that is made: it has nothing to escape, which JSON.stringify would look for in 3 ms a MB.
 */
export function jsonOf(value: unknown, encoding: Encoding): Buffer {
  // No client can know it, so that none can have it in a name.
  const mark = randomUUID()
  const blobs: Uint8Array[] = []
  const json = JSON.stringify(shown(value, encoding, (bytes) => `${mark}${blobs.push(bytes) - 1}.`))
  const texts = json.split(new RegExp(`${mark}\\d+\\.`))
  const size = [...texts.map((text) => Buffer.byteLength(text)), ...blobs.map(base64Length)]
  const bytes = Buffer.allocUnsafe(size.reduce((a, b) => a + b, 0))
  let end = 0
  for (const [i, text] of texts.entries()) {
    end += bytes.write(text, end)
    if (i < blobs.length) end += bytes.write(encodeBase64(blobs[i]!), end, 'latin1')
  }
  return bytes
}

/** Answers with a message of the worker as JSON; see {@link jsonOf}. */
export const sendJson = (reply: FastifyReply, value: unknown, encoding: Encoding): FastifyReply =>
  reply.type('application/json; charset=utf-8').send(jsonOf(value, encoding))
