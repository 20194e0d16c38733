import { createHash } from 'node:crypto'
import { idempotencyPrefix, ProblemError } from '@crp-serve/contracts'
import type { ObjectStore } from '@crp-serve/storage'
import type { FastifyRequest } from 'fastify'

const longestKey = 255

/** The `Idempotency-Key` of a request, if it has one. @throws ProblemError `validation-failed` for one that is too long */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = [request.headers['idempotency-key'] ?? []].flat()[0]
  if (key === undefined || (key.length > 0 && key.length <= longestKey)) return key
  throw new ProblemError('validation-failed', `\`Idempotency-Key\` must have 1 to ${longestKey} characters.`)
}

/**
 * Binds the request's `Idempotency-Key`, if it has one, to the job that its content stands for. Job workers remove the
 * binding when it is as old as finished jobs may be.
 * @throws ProblemError `idempotency-key-reused` where the key is bound to another job
 */
export async function bindKey(store: ObjectStore, request: FastifyRequest, job: string): Promise<void> {
  const key = idempotencyKeyOf(request)
  if (key === undefined) return
  const client = request.apiKey?.id ?? ''
  const object = `${idempotencyPrefix}${createHash('sha256').update(`${client}\n${key}`).digest('hex')}`
  if (await store.putIfAbsent(object, Buffer.from(job))) return
  if (Buffer.from(await store.get(object)).toString() === job) return
  throw new ProblemError(
    'idempotency-key-reused',
    'The `Idempotency-Key` was sent with other content before.',
  )
}
