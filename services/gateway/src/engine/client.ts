import { Readable } from 'node:stream'
import {
  type AttributionGraphResponse,
  type AttributionGraphTask,
  type AttributionTask,
  byteLength,
  DEADLINE_HEADER,
  decodeEnvelope,
  ENVELOPE_TYPE,
  type EngineAttributionResponse,
  type EnginePredictionResponse,
  encodeEnvelope,
  type FeatureVisualizationOrder,
  type FeatureVisualizationTask,
  internalRoutes,
  type PredictionTask,
  ProblemError,
  REQUEST_ID_HEADER,
} from '@crp-serve/contracts'
import { traceHeaders } from '@crp-serve/telemetry'
import { type Dispatcher, Pool } from 'undici'
import { engineProblem, unreachable } from './errors.ts'

/** What belongs to the client's request rather than to the message. */
export interface Call {
  readonly requestId: string
  /** Aborts with a `ProblemError` as its reason: the deadline, or a client that has gone. */
  readonly signal: AbortSignal
  /** `performance.now()` at which the answer is late; none for uploads. */
  readonly deadline?: number
}

/** A request that goes to the worker as it came. */
export interface Passage {
  readonly method: Dispatcher.HttpMethod
  /** Path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Readable
}

type Answer = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>

/** The attribution worker, over the protocol of `@crp-serve/contracts` (internal.ts). */
export interface EngineClient {
  /** @throws ProblemError the worker's own, or `engine-unavailable`, `deadline-exceeded`, `cancelled` */
  attribute(task: AttributionTask, call: Call): Promise<EngineAttributionResponse>
  attributionGraph(task: AttributionGraphTask, call: Call): Promise<AttributionGraphResponse>
  /** Resolves what an order names. */
  planVisualization(order: FeatureVisualizationOrder, call: Call): Promise<FeatureVisualizationTask>
  predict(model: string, task: PredictionTask, call: Call): Promise<EnginePredictionResponse>
  /** The answer of a request that goes through unchanged, its body unread. Errors are thrown. */
  pass(passage: Passage, call: Call): Promise<Answer>
  /** Requests that are under way are answered first. */
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 5000

const callHeaders = ({ requestId, deadline }: Call): Record<string, string> => ({
  ...traceHeaders(),
  [REQUEST_ID_HEADER]: requestId,
  ...(deadline === undefined
    ? {}
    : { [DEADLINE_HEADER]: String(Math.max(1, Math.round(deadline - performance.now()))) }),
})

/**
 * @param origin such as http://127.0.0.1:8081
 */
export function createEngineClient(origin: string): EngineClient {
  // Deadlines come with every call, so that the pool needs no timeouts of its own but for connecting.
  const pool = new Pool(origin, {
    connections: 128,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  })

  async function send(options: Omit<Dispatcher.RequestOptions, 'signal'>, call: Call): Promise<Answer> {
    try {
      return await pool.request({ ...options, signal: call.signal })
    } catch (error) {
      throw interrupted(error, call)
    }
  }

  async function exchange<T>(path: string, message: unknown, call: Call): Promise<T> {
    const chunks = encodeEnvelope(message)
    const headers = {
      ...callHeaders(call),
      'content-type': ENVELOPE_TYPE,
      'content-length': String(byteLength(chunks)),
    }
    const answer = await send({ path, method: 'POST', headers, body: Readable.from(chunks) }, call)
    if (answer.statusCode !== 200) throw await engineProblem(answer)
    return decodeEnvelope<T>(await readAll(answer, call))
  }

  return {
    attribute: (task, call) => exchange(internalRoutes.attributions, task, call),
    attributionGraph: (task, call) => exchange(internalRoutes.attributionGraphs, task, call),
    planVisualization: (order, call) => exchange(internalRoutes.featureVisualizations, order, call),
    predict: (model, task, call) => exchange(internalRoutes.predictions(model), task, call),
    async pass({ method, path, headers = {}, body }, call) {
      const options = { method, path, headers: { ...headers, ...callHeaders(call) }, body: body ?? null }
      const answer = await send(options, call)
      if (answer.statusCode >= 400) throw await engineProblem(answer)
      return answer
    },
    close: () => pool.close(),
  }
}

async function readAll({ body }: Answer, call: Call): Promise<Uint8Array> {
  try {
    return new Uint8Array(await body.arrayBuffer())
  } catch (error) {
    throw interrupted(error, call)
  }
}

/** Why an exchange ended: our own signal, the client's body, or a worker that cannot be reached. */
function interrupted(error: unknown, { signal }: Call): ProblemError {
  if (signal.aborted && signal.reason instanceof ProblemError) return signal.reason
  return error instanceof ProblemError ? error : unreachable(error)
}
