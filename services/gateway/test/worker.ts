import {
  type AttributionGraphResponse,
  type AttributionGraphTask,
  type AttributionTask,
  decodeEnvelope,
  ENVELOPE_TYPE,
  type EngineAttributionResponse,
  type EnginePredictionResponse,
  encodeEnvelope,
  PROBLEM_TYPE,
  type PredictionTask,
  retryAfter,
  toProblem,
} from '@crp-serve/contracts'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'

/** What the worker of a test does; it speaks the protocol of internal.ts for real, only its numbers are made up. */
export interface WorkerBehaviour {
  attribute?: (task: AttributionTask, request: FastifyRequest) => Promise<EngineAttributionResponse>
  attributionGraph?: (
    task: AttributionGraphTask,
    request: FastifyRequest,
  ) => Promise<AttributionGraphResponse>
  predict?: (task: PredictionTask, request: FastifyRequest) => Promise<EnginePredictionResponse>
  /** Routes of /v1 that go through as they are. */
  models?: (app: FastifyInstance) => void
}

export interface TestWorker {
  readonly url: string
  readonly app: FastifyInstance
  readonly behaviour: WorkerBehaviour
}

export const floats = (...values: number[]) => ({
  shape: [values.length],
  datatype: 'FP32' as const,
  data: new Uint8Array(new Float32Array(values).buffer),
})

const timings = { queue_ms: 0, batch: 1, compute_ms: 1, plan: { executions: 1, forward_equivalents: 3 } }
const sha = '0'.repeat(64)
export const png = new Uint8Array([137, 80, 78, 71])

/** A complete answer to an attribution of one row. */
export const attributionAnswer = ({ model }: AttributionTask): EngineAttributionResponse => ({
  model,
  model_sha256: sha,
  composite: { 'features.0': { name: 'flat' }, pool: null },
  results: [
    {
      sample: 0,
      condition: 0,
      prediction: {
        top: [{ index: 1, label: 'goldfish', score: 9.1, probability: 0.97 }],
        tensor: floats(1, 2),
      },
      heatmap: { png, tensor: floats(0.5, Number.NaN) },
      layers: { 'features.0': { relevance: floats(3), concepts: [{ index: 5, relevance: 0.5 }] } },
      trust: {
        initial: 9.1,
        input: 9,
        ratio: 0.99,
        layers: { 'features.0': 0.98 },
        absorbed: { bias: 0.1 },
        finite: true,
        warnings: [],
      },
    },
  ],
  timings,
})

export const predictionAnswer = (model: string): EnginePredictionResponse => ({
  model,
  model_sha256: sha,
  results: [
    { sample: 0, prediction: { top: [{ index: 1, score: 2, probability: null }], tensor: floats(1, 2) } },
  ],
  timings,
})

/** Starts a worker, on a free port by default. */
export async function startWorker(behaviour: WorkerBehaviour = {}, port = 0): Promise<TestWorker> {
  const app = Fastify({ forceCloseConnections: true })
  app.addContentTypeParser(ENVELOPE_TYPE, { parseAs: 'buffer' }, async (_: unknown, body: Buffer) =>
    decodeEnvelope(body),
  )
  app.addContentTypeParser('multipart/form-data', (_request, payload, done) => done(null, payload))
  app.setErrorHandler((error, request, reply) => {
    const seconds = retryAfter(error)
    if (seconds !== undefined) reply.header('retry-after', seconds)
    const problem = toProblem(error, { instance: '/internal', requestId: request.id })
    return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
  })
  const envelope = (message: unknown) => Buffer.concat(encodeEnvelope(message))
  app.post('/internal/attributions', async (request, reply) => {
    const task = request.body as AttributionTask
    const answer = await (behaviour.attribute?.(task, request) ?? attributionAnswer(task))
    return reply.type(ENVELOPE_TYPE).send(envelope(answer))
  })
  app.post('/internal/attribution-graphs', async (request, reply) => {
    const answer = await behaviour.attributionGraph!(request.body as AttributionGraphTask, request)
    return reply.type(ENVELOPE_TYPE).send(envelope(answer))
  })
  app.post('/internal/predictions/:model', async (request, reply) => {
    const { model } = request.params as { model: string }
    const answer = await (behaviour.predict?.(request.body as PredictionTask, request) ??
      predictionAnswer(model))
    return reply.type(ENVELOPE_TYPE).send(envelope(answer))
  })
  app.get('/readyz', async () => ({ status: 'ready' }))
  behaviour.models?.(app)
  const url = await app.listen({ host: '127.0.0.1', port })
  return { url, app, behaviour }
}
