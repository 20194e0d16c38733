import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import {
  brotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  gzip,
} from 'node:zlib'
import { negotiate } from '@fastify/accept-negotiator'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { compressZstd } from '../coding/zstd.ts'

/** Bytes below which compression costs more than it saves. */
const THRESHOLD = 1024

/** What gets shorter; pictures and archives do not, and events must not wait for more of them. */
const compressible =
  /^(text\/(?!event-stream)|application\/([\w.+-]+\+)?(json|yaml|javascript|octet-stream)\b|image\/svg)/i

/**
 * The fastest levels that look for repetitions. On numbers as text and on base64 the next ones save two to four parts in a hundred
 * more, for two to five times the time.
 */
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }
const deflate = { level: 1 }

/** Where a long answer is tried, and how much of it at each place, bytes. */
const samples = { from: 1 << 16, places: 4, bytes: 4096 } as const

/** Compressed to more than this share, an answer goes out as it is. Dense tensors as base64 come to 0.75. */
const worthwhile = 0.7

const gzipBytes = promisify(gzip)
const brotliBytes = promisify(brotliCompress)

/** How whole answers are compressed. Node's own run on threads; where the client does not mind, they come first. */
const codings: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  br: (bytes) => brotliBytes(bytes, brotli),
  gzip: (bytes) => gzipBytes(bytes, deflate),
  zstd: compressZstd,
}

/** How answers are compressed that come as streams. */
const streams: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  br: () => createBrotliCompress(brotli),
  gzip: () => createGzip(deflate),
}

/** The coding that the client likes best; undefined for none. */
function choose(accept: string | undefined, known: object): string | undefined {
  if (accept === undefined) return undefined
  const chosen = negotiate(accept.toLowerCase(), [...Object.keys(known), 'identity'])
  return chosen === null || chosen === 'identity' ? undefined : chosen
}

/** `identity;q=0` or `*;q=0` in a list of codings (RFC 9110, section 12.5.3). */
const plainRefused = /(^|,)\s*(identity|\*)\s*;\s*q=0(\.0*)?\s*(,|$)/i

const isCandidate = (request: FastifyRequest, reply: FastifyReply): boolean =>
  request.method !== 'HEAD' &&
  !reply.hasHeader('content-encoding') &&
  compressible.test(String(reply.getHeader('content-type') ?? ''))

/** Says that the answer depends on what the client accepts. */
function vary(reply: FastifyReply): void {
  const before = reply.getHeader('vary')
  reply.header('vary', before === undefined ? 'accept-encoding' : `${before}, accept-encoding`)
}

/** Whether what stands at some places of an answer gets shorter; base64 of dense numbers hardly does, and takes as long as any. */
function isWorthIt(bytes: Buffer): boolean {
  if (bytes.length < samples.from) return true
  const step = Math.floor((bytes.length - samples.bytes) / (samples.places - 1))
  const taken = Buffer.concat(
    Array.from({ length: samples.places }, (_, i) => bytes.subarray(i * step, i * step + samples.bytes)),
  )
  return brotliCompressSync(taken, brotli).length < worthwhile * taken.length
}

async function compressWhole(request: FastifyRequest, reply: FastifyReply, payload: string | Buffer) {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  if (bytes.length < THRESHOLD) return payload
  vary(reply)
  const accept = request.headers['accept-encoding']
  const coding = choose(accept, codings)
  if (coding === undefined || !(plainRefused.test(accept!) || isWorthIt(bytes))) return bytes
  const compressed = await codings[coding]!(bytes)
  reply.header('content-encoding', coding).header('content-length', compressed.length)
  return compressed
}

function compressStream(request: FastifyRequest, reply: FastifyReply, payload: Readable) {
  const length = Number(reply.getHeader('content-length') ?? Number.POSITIVE_INFINITY)
  if (length < THRESHOLD) return payload
  vary(reply)
  const coding = choose(request.headers['accept-encoding'], streams)
  if (coding === undefined) return payload
  reply.header('content-encoding', coding).removeHeader('content-length')
  const encoder = streams[coding]!()
  payload.once('error', (error) => (encoder as unknown as Readable).destroy(error))
  return payload.pipe(encoder)
}

/** Answers in br, gzip or zstd where clients take them and it is worth it. */
export const compression = fp(async (app) => {
  app.addHook('onSend', async (request, reply, payload) => {
    if (!isCandidate(request, reply)) return payload
    if (typeof payload === 'string' || Buffer.isBuffer(payload)) return compressWhole(request, reply, payload)
    return payload instanceof Readable ? compressStream(request, reply, payload) : payload
  })
})
