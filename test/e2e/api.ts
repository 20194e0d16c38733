import type { CrpServeClient, Schemas } from '@crp-serve/client'
import { expect } from 'vitest'

/** A tensor of an answer as numbers. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** One row of an answer. */
export type Row = Schemas['AttributionResponse']['results'][number]

/** A float32 tensor of a request. */
export function fp32(shape: readonly number[], values: ArrayLike<number>): Schemas['Tensor'] {
  const data = Float32Array.from(values)
  return { shape: [...shape], datatype: 'FP32', base64: Buffer.from(data.buffer).toString('base64') }
}

/** The numbers of a float32 tensor of an answer in base64. Read here anew, not by the product's own reader. */
export function numbers(tensor: Schemas['ResultTensor'] | undefined): Numbers {
  if (tensor === undefined || !('base64' in tensor)) throw new Error('the answer holds no tensor in base64')
  expect(tensor.datatype).toBe('FP32')
  const bytes = new Uint8Array(Buffer.from(tensor.base64, 'base64'))
  return { shape: tensor.shape, data: new Float32Array(bytes.buffer) }
}

/** Sum of all numbers. */
export const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0)

/** What a model is uploaded as. */
export interface Upload {
  readonly model?: Uint8Array
  readonly metadata?: Schemas['ModelMetadata'] | string
  /** External data by its name in the model. */
  readonly external?: Readonly<Record<string, Uint8Array>>
}

/** Posts a model as multipart. */
export function postModel(origin: string, { model, metadata, external = {} }: Upload): Promise<Response> {
  const form = new FormData()
  if (metadata !== undefined)
    form.set('metadata', typeof metadata === 'string' ? metadata : JSON.stringify(metadata))
  if (model !== undefined) form.set('model', new Blob([Uint8Array.from(model)]), 'model.onnx')
  for (const [name, bytes] of Object.entries(external))
    form.append('external_data', new Blob([Uint8Array.from(bytes)]), name)
  return fetch(`${origin}/v1/models`, { method: 'POST', body: form })
}

/** Registers a model. */
export async function register(
  origin: string,
  model: Uint8Array,
  metadata: Schemas['ModelMetadata'],
): Promise<Schemas['Model']> {
  const answer = await postModel(origin, { model, metadata })
  const text = await answer.text()
  expect(answer.status, text).toBe(201)
  return JSON.parse(text) as Schemas['Model']
}

/** Asks for an attribution that must be answered. */
export async function attribute(
  client: CrpServeClient,
  body: Schemas['AttributionRequest'],
): Promise<Schemas['AttributionResponse']> {
  const { data, error } = await client.POST('/v1/attributions', { body })
  expect(error, JSON.stringify(error)).toBeUndefined()
  return data as Schemas['AttributionResponse']
}
