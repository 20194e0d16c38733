import {
  type AnsweringKind,
  type AttributionView,
  decodeEnvelope,
  type EngineAttributionResponse,
  fromProblem,
  type Job,
  type JobAnswers,
  jobResultKey,
  ProblemError,
} from '@crp-serve/contracts'
import type { ObjectStore } from '@crp-serve/storage'
import type { FastifyReply } from 'fastify'
import { sendNpz, wantsNpz } from '../npz.ts'
import { sendJson } from '../present.ts'

type Row = EngineAttributionResponse['results'][number]

function shownRow(row: Row, { heatmapTensor, predictionTensor }: AttributionView): Row {
  const { heatmap, prediction } = row
  const { tensor: _heatmap, ...picture } = heatmap ?? {}
  const { tensor: _prediction, ...top } = prediction
  return {
    ...row,
    ...(heatmap === undefined || heatmapTensor ? {} : { heatmap: picture }),
    ...(predictionTensor ? {} : { prediction: top }),
  }
}

/** An attribution as the synchronous route answers it in JSON: without the tensors that only .npz needs. */
const shown = (answer: EngineAttributionResponse, view: AttributionView): EngineAttributionResponse => ({
  ...answer,
  results: answer.results.map((row) => shownRow(row, view)),
})

/** An attribution without pictures, as the synchronous route computes it for .npz. */
const withoutPictures = (answer: EngineAttributionResponse): EngineAttributionResponse => ({
  ...answer,
  results: answer.results.map(({ heatmap, ...row }) =>
    heatmap === undefined ? row : { ...row, heatmap: { tensor: heatmap.tensor! } },
  ),
})

type Answerers = {
  readonly [K in AnsweringKind]: (
    reply: FastifyReply,
    message: JobAnswers[K],
    accept: string | undefined,
  ) => FastifyReply
}

const answerers: Answerers = {
  attribution: (reply, { answer, view }, accept) => {
    if (!wantsNpz(accept)) return sendJson(reply, shown(answer, view), view.encoding)
    return sendNpz(reply, withoutPictures(answer))
  },
  'attribution-graph': (reply, { answer }) => reply.send(answer),
}

const isAnswering = (kind: string): kind is AnsweringKind => Object.hasOwn(answerers, kind)

/** Why a job has no result. */
function noResult({ id, status, error }: Job): ProblemError {
  if (error !== undefined) return fromProblem(error)
  if (status === 'cancelled') return new ProblemError('job-cancelled', `The job ${id} was cancelled.`)
  return new ProblemError('job-not-finished', `The job ${id} is ${status}; its result comes later.`)
}

/**
 * Answers with what a job has come to: the body of the synchronous route, or links where there is none.
 * @throws ProblemError the job's own where it has failed, `job-not-finished`, `job-cancelled`
 */
export async function answerJob(
  store: ObjectStore,
  job: Job,
  reply: FastifyReply,
  accept: string | undefined,
): Promise<FastifyReply> {
  if (job.status !== 'succeeded') throw noResult(job)
  if (!isAnswering(job.kind)) return reply.send(job.result ?? {})
  const message = decodeEnvelope<never>(await store.get(jobResultKey(job.id)))
  return answerers[job.kind](reply, message, accept)
}
