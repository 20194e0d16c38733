import {
  type AnsweringKind,
  decodeEnvelope,
  encodeEnvelope,
  type JobAnswers,
  type JobRequests,
  jobResultKey,
} from '@crp-serve/contracts'
import type { JobResult } from '@crp-serve/queue'
import type { ObjectStore } from '@crp-serve/storage'

/** Reads the request of a job. */
export async function readRequest<K extends AnsweringKind>(
  store: ObjectStore,
  key: string,
): Promise<JobRequests[K]> {
  return decodeEnvelope<JobRequests[K]>(await store.get(key))
}

/** Writes the answer of a job; gives the link to it. */
export async function writeAnswer<K extends AnsweringKind>(
  store: ObjectStore,
  id: string,
  answer: JobAnswers[K],
): Promise<JobResult> {
  await store.put(jobResultKey(id), Buffer.concat(encodeEnvelope(answer)))
  return { self: `/v1/jobs/${id}/result` }
}
