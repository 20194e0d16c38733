import {
  type AttributionTask,
  INFERENCE_HEADER_LENGTH,
  InferenceResponse,
  type PredictionTask,
  ProblemError,
  validate,
} from '@crp-serve/contracts'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll } from 'vitest'
import { gateway } from './app.ts'
import { attributionAnswer, predictionAnswer, startWorker, type TestWorker } from './worker.ts'

/** Version of the model that the worker has. */
export const sha256 = '0'.repeat(64)
/** The model that it has. */
export const modelOfStand = {
  name: 'm',
  sha256,
  size: 1,
  created_at: '2026-01-01T00:00:00Z',
  ready: true,
  inputs: [{ name: 'x', shape: ['batch', 2], datatype: 'FP32' }],
  outputs: [
    { name: 'other', shape: [1], datatype: 'FP32' },
    { name: 'y', shape: ['batch', 2], datatype: 'FP32' },
  ],
  output: { tensor: 'y', start: 'logits' },
  unsupported: [],
}

/** A tensor that the model takes. */
export const input = { name: 'x', shape: [1, 2], datatype: 'FP32', data: [1, 2] }

export const bytesOf = (values: ArrayLike<number>) => new Uint8Array(Float32Array.from(values).buffer)

/** JSON and bytes of an answer with the extension. */
export function split(response: LightMyRequestResponse): [InferenceResponse, Buffer] {
  const length = Number(response.headers[INFERENCE_HEADER_LENGTH])
  const json: unknown = JSON.parse(response.rawPayload.subarray(0, length).toString())
  return [validate(InferenceResponse, json), response.rawPayload.subarray(length)]
}

/** A gateway in front of a worker with the model `m`, for the tests of one file, and what the worker was asked. */
export class InferenceStand {
  worker!: TestWorker
  app!: ReturnType<typeof gateway>
  readonly predictions: PredictionTask[] = []
  readonly attributions: AttributionTask[] = []

  constructor() {
    beforeAll(() => this.#start())
    afterAll(async () => {
      await this.app.close()
      await this.worker.app.close()
    })
  }

  readonly post = (url: string, payload: object) => this.app.inject({ method: 'POST', url, payload })

  readonly infer = (change: object = {}, more: object = {}) =>
    this.post('/v2/models/m/infer', { inputs: [{ ...input, ...change }], ...more })

  /** Sends a body with bytes behind its JSON. */
  readonly binary = (url: string, json: object, bytes: Uint8Array, headers: Record<string, string> = {}) => {
    const head = Buffer.from(JSON.stringify(json))
    const length = { [INFERENCE_HEADER_LENGTH]: String(head.length) }
    const payload = Buffer.concat([head, bytes])
    return this.app.inject({ method: 'POST', url, payload, headers: { ...length, ...headers } })
  }

  /** The tensor that the worker got last, as numbers. */
  readonly sent = (): number[] => {
    const [first] = this.predictions.at(-1)!.inputs
    const { data } = (first as { tensor: { data: Uint8Array } }).tensor
    return [...new Float32Array(new Uint8Array(data).buffer)]
  }

  async #start(): Promise<void> {
    this.worker = await startWorker({
      predict: async (task) => {
        this.predictions.push(task)
        return predictionAnswer('m')
      },
      attribute: async (task) => {
        this.attributions.push(task)
        return attributionAnswer(task)
      },
      models: (routes) =>
        routes.get('/v1/models/:model', async ({ params }) => {
          if ((params as { model: string }).model === 'm') return modelOfStand
          throw new ProblemError('unknown-model', 'There is no such model.')
        }),
    })
    this.app = gateway(this.worker.url)
  }
}
