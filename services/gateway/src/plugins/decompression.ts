import { Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { ProblemError } from '@crp-serve/contracts'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { zstdDecoder } from '../coding/zstd.ts'
import type { GatewayOptions } from '../options.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The body without its content coding; null where it has none. */
    decodedBody: Readable | null
  }
  interface FastifyContextConfig {
    /** The body goes on as a stream, and whoever takes it limits its length. */
    streamed?: boolean
  }
}

type Decoder = (limit: number) => Transform

/** Content codings of requests. */
const decoders: Readonly<Record<string, Decoder>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
  zstd: (limit) => zstdDecoder(limit, () => tooLong(limit)),
}
const named = 'gzip, deflate, br, zstd'

const tooLong = (limit: number) =>
  new ProblemError('body-too-large', `The decompressed body is over the limit of ${limit} bytes.`)

function decoderFor(coding: string): Decoder {
  const decoder = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined
  if (decoder !== undefined) return decoder
  throw new ProblemError(
    'unsupported-content-encoding',
    `The content encoding "${coding}" is not known; one of ${named} goes, or none.`,
  )
}

/** What a stream of Fastify's must tell beside its bytes: how long it was on the wire. */
interface Encoded extends Readable {
  receivedEncodedLength?: number
}

/** A body without its content coding. Nothing is read before the result is. */
function decode(source: Readable, decoder: Transform, limit: number): Readable {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let length = 0
    source.on('data', (chunk: Uint8Array) => {
      body.receivedEncodedLength = (body.receivedEncodedLength ?? 0) + chunk.length
    })
    source.once('error', (error) => decoder.destroy(error))
    source.once('close', () => void (source.readableEnded || decoder.destroy()))
    source.pipe(decoder)
    try {
      for await (const chunk of decoder) {
        length += (chunk as Uint8Array).length
        if (length > limit) throw tooLong(limit)
        yield chunk as Uint8Array
      }
    } catch (error) {
      throw error instanceof ProblemError ? error : unreadable(error as Error)
    } finally {
      // The client may still be sending: the rest is read away, so that it comes to read the answer.
      source.unpipe(decoder)
      source.resume()
    }
  }
  const body: Encoded = Readable.from(chunks(), { objectMode: false })
  return body
}

const unreadable = (cause: Error) =>
  new ProblemError(
    'malformed-content-encoding',
    `The body is not what \`content-encoding\` says: ${cause.message}`,
    { cause },
  )

const codingOf = ({ headers }: FastifyRequest) =>
  (headers['content-encoding'] ?? 'identity').trim().toLowerCase()

/** Bodies in gzip, deflate, br and zstd. Limits are about what comes out. */
export const decompression = fp<GatewayOptions>(async (app, { maxBodyBytes }) => {
  app.decorateRequest('decodedBody', null)
  app.addHook('preParsing', async (request, reply, payload) => {
    const coding = codingOf(request)
    if (coding === 'identity' || coding === '') return payload
    reply.header('accept-encoding', named)
    const limit = request.routeOptions.config.streamed ? Number.POSITIVE_INFINITY : maxBodyBytes
    const decoder = decoderFor(coding)(limit)
    reply.removeHeader('accept-encoding')
    request.giveUpBody = (error) => decoder.destroy(error)
    request.decodedBody = decode(payload as Readable, decoder, limit)
    return request.decodedBody
  })
})
