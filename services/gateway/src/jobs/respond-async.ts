import { createHash, randomUUID } from 'node:crypto'
import {
  type AnsweringKind,
  encodeEnvelope,
  isJobId,
  type JobRequests,
  jobRequestKey,
  ProblemError,
  type RequestLimits,
} from '@crp-serve/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Jobs } from '../plugins/jobs.ts'
import { idempotencyKeyOf } from './idempotency.ts'

/** Whether a client would rather have a job than wait (RFC 7240, section 4.1). */
export function wantsJob(request: FastifyRequest): boolean {
  const prefer = [request.headers['prefer'] ?? []].flat().join(',')
  return prefer.split(',').some((one) => /^\s*respond-async\s*(;|$)/i.test(one))
}

/**
 * The limits of a request: those of jobs where it becomes one.
 * @throws ProblemError `jobs-unavailable` where a job is asked for and none are taken
 */
export function limitsFor(
  app: FastifyInstance,
  request: FastifyRequest,
  limits: RequestLimits,
): RequestLimits {
  if (wantsJob(request)) return { imageBytes: limits.imageBytes, rows: app.jobs().maxRows }
  return app.takesJobs ? { ...limits, jobRows: app.jobs().maxRows } : limits
}

const digestOf = (chunks: readonly Uint8Array[]): string => {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

/** @param client the id of its API key: what one client calls its job is not for others to find */
function idOf(kind: AnsweringKind, client: string, key: string | undefined): string {
  if (key === undefined) return randomUUID()
  return createHash('sha256').update(`${kind}\n${client}\n${key}`).digest('hex').slice(0, 32)
}

/**
 * Makes a request a job: writes it to the object store, submits the job, and answers 202 with it.
 * @throws ProblemError `idempotency-key-reused`, `jobs-unavailable`, `validation-failed` for a key that is too long
 */
export async function respondAsync<K extends AnsweringKind>(
  { queue, store }: Jobs,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: K,
  message: JobRequests[K],
): Promise<FastifyReply> {
  const id = idOf(kind, request.apiKey?.id ?? '', idempotencyKeyOf(request))
  const chunks = encodeEnvelope(message)
  const digest = digestOf(chunks)
  const object = jobRequestKey(id, digest)
  await store.putIfAbsent(object, Buffer.concat(chunks))
  const { job } = await queue.submit(kind, { request: object }, { id, digest }).catch(async (error) => {
    // The id is another request's. After any other error the job may be there all the same, and needs what was written.
    if ((error as { code?: unknown }).code === 'idempotency-key-reused') await store.delete(object)
    throw error
  })
  return reply
    .code(202)
    .header('location', `/v1/jobs/${job.id}`)
    .header('preference-applied', 'respond-async')
    .send(job)
}

/** The id in the path. @throws ProblemError `unknown-job` where no job can have it */
export function jobIdOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string }
  if (isJobId(id)) return id
  throw unknownJob(id)
}

/** The error of an id that no job has. */
export const unknownJob = (id: string): ProblemError =>
  new ProblemError('unknown-job', `There is no job "${id}"; finished jobs are forgotten after a while.`)
