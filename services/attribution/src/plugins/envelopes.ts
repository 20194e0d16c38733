import { Readable } from 'node:stream'
import { byteLength, decodeEnvelope, ENVELOPE_TYPE, encodeEnvelope } from '@crp-serve/contracts'
import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'

export interface EnvelopeOptions {
  /** Bytes of a client's body. */
  readonly maxBodyBytes: number
}

/** Numbers that take two bytes in a client's JSON take four in the envelope, or eight in the widest datatype. */
const growth = 4

/** Bodies in envelopes become the messages that they hold. */
export const envelopes = fp(async (app, { maxBodyBytes }: EnvelopeOptions) => {
  const options = { parseAs: 'buffer', bodyLimit: growth * maxBodyBytes } as const
  app.addContentTypeParser(ENVELOPE_TYPE, options, async (_request: unknown, body: Buffer) =>
    decodeEnvelope(body),
  )
})

/** Answers with a message in an envelope. */
export function sendEnvelope(reply: FastifyReply, message: unknown): FastifyReply {
  const chunks = encodeEnvelope(message)
  return reply.type(ENVELOPE_TYPE).header('content-length', byteLength(chunks)).send(Readable.from(chunks))
}
