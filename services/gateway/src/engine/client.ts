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
  type ErrorCode,
  encodeEnvelope,
  type FeatureVisualizationOrder,
  type FeatureVisualizationTask,
  internalRoutes,
  type PredictionTask,
  ProblemError,
  REQUEST_ID_HEADER,
  TENANT_HEADER,
} from '@crp-serve/contracts'
import { traceHeaders } from '@crp-serve/telemetry'
import type { Dispatcher } from 'undici'
import { engineProblem, unreachable } from './errors.ts'
import type { Answer, Worker } from './worker.ts'
import { Workers } from './workers.ts'

/** What belongs to the client's request rather than to the message. */
export interface Call {
  readonly requestId: string
  /** Aborts with a `ProblemError` as its reason: the deadline, or a client that has gone. */
  readonly signal: AbortSignal
  /** `performance.now()` at which the answer is late; none for uploads. */
  readonly deadline?: number
  /** On whose behalf: turns are fair among tenants. */
  readonly tenant?: string
}

/** A request that goes to the worker as it came. */
export interface Passage {
  readonly method: Dispatcher.HttpMethod
  /** Path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Readable
}

/** How often one request is sent at most. */
const mostTries = 3

/** The attribution workers, over the protocol of `@crp-serve/contracts` (internal.ts). */
export interface EngineClient {
  /** @throws ProblemError the worker's own, or `engine-unavailable`, `deadline-exceeded`, `cancelled` */
  attribute(task: AttributionTask, call: Call): Promise<EngineAttributionResponse>
  attributionGraph(task: AttributionGraphTask, call: Call): Promise<AttributionGraphResponse>
  /** Resolves what an order names. */
  planVisualization(order: FeatureVisualizationOrder, call: Call): Promise<FeatureVisualizationTask>
  predict(model: string, task: PredictionTask, call: Call): Promise<EnginePredictionResponse>
  /** The answer of a request that goes through unchanged, its body unread. Errors are thrown. */
  pass(passage: Passage, call: Call): Promise<Answer>
  /** How many workers say that they can compute, of how many. */
  ready(): Promise<{ readonly workers: number; readonly ready: number }>
  /** Requests that are under way are answered first. */
  close(): Promise<void>
}

const callHeaders = ({ requestId, deadline, tenant }: Call): Record<string, string> => ({
  ...traceHeaders(),
  [REQUEST_ID_HEADER]: requestId,
  ...(tenant === undefined ? {} : { [TENANT_HEADER]: tenant }),
  ...(deadline === undefined
    ? {}
    : { [DEADLINE_HEADER]: String(Math.max(1, Math.round(deadline - performance.now()))) }),
})

/** Answers that another worker may not give: they are about the worker, not about the request. */
const elsewhere: readonly ErrorCode[] = ['shutting-down', 'overloaded', 'engine-unavailable', 'engine-killed']

/** Whether a connection ended under a request: a worker may close an idle one in the moment in which it is used again. */
const wasReset = ({ cause }: { cause?: unknown }): boolean =>
  ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(String((cause as { code?: unknown } | undefined)?.code))

/** A request that can be sent again, its body made anew. */
interface Message {
  readonly method: Dispatcher.HttpMethod
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: () => Readable
}

/**
 * Chooses a worker for every call. What can be repeated without harm is tried once more on another worker where one does
 * not answer, or says that it cannot; never after the deadline.
 * @param origins such as http://127.0.0.1:8081
 */
export function createEngineClient(origins: readonly string[]): EngineClient {
  const workers = new Workers(origins)

  async function sendTo(
    worker: Worker,
    { method, path, headers, body }: Message,
    call: Call,
  ): Promise<Answer> {
    try {
      const options = { method, path, headers: { ...headers, ...callHeaders(call) }, body: body?.() ?? null }
      return await worker.send({ ...options, signal: call.signal })
    } catch (error) {
      throw interrupted(error, call)
    }
  }

  /** @returns what `read` makes of the first good answer */
  async function send<T>(
    message: Message,
    call: Call,
    isRepeatable: boolean,
    read: (answer: Answer) => Promise<T>,
  ): Promise<T> {
    const tried = new Set<Worker>()
    let attempts = 0
    for (;;) {
      const worker = await workers.next(tried)
      tried.add(worker)
      try {
        const answer = await sendTo(worker, message, call)
        if (answer.statusCode >= 400) throw await engineProblem(answer)
        return await read(answer)
      } catch (error) {
        const { code } = error as { code?: unknown }
        if (code === 'shutting-down') worker.retire()
        const again = isRepeatable && !call.signal.aborted && elsewhere.some((one) => one === code)
        const tries = wasReset(error as Error) ? 2 : 1
        if (!again || ++attempts >= Math.min(mostTries, Math.max(workers.count, tries))) throw error
      }
    }
  }

  function exchange<T>(path: string, message: unknown, call: Call): Promise<T> {
    const chunks = encodeEnvelope(message)
    const headers = { 'content-type': ENVELOPE_TYPE, 'content-length': String(byteLength(chunks)) }
    const body = () => Readable.from(chunks)
    return send({ method: 'POST', path, headers, body }, call, true, async (answer) =>
      decodeEnvelope<T>(await readAll(answer, call)),
    )
  }

  return {
    attribute: (task, call) => exchange(internalRoutes.attributions, task, call),
    attributionGraph: (task, call) => exchange(internalRoutes.attributionGraphs, task, call),
    planVisualization: (order, call) => exchange(internalRoutes.featureVisualizations, order, call),
    predict: (model, task, call) => exchange(internalRoutes.predictions(model), task, call),
    pass({ body, ...passage }, call) {
      const message = body === undefined ? passage : { ...passage, body: () => body }
      return send(message, call, passage.method === 'GET', async (answer) => answer)
    },
    ready: () => workers.ready(),
    close: () => workers.close(),
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
