import { INFERENCE_HEADER_LENGTH, InferenceResponse } from '@crp-serve/contracts'
import { type TSchema, Type } from 'typebox'
import { type AnswerName, exampleOf } from './answers/index.ts'
import { computationProblems, inputProblems } from './parts.ts'

/** Tag of the routes. */
export const inferenceTags = ['Open Inference Protocol']

/** Path parameters of the routes of a model, with and without a version. */
export const modelParams = Type.Object({ model: Type.String({ description: 'Name of the model.' }) })
export const versionParams = Type.Object({
  model: Type.String({ description: 'Name of the model.' }),
  version: Type.String({ description: 'The SHA-256 of the model.' }),
})

/** Header with the length of the JSON of a request. */
export const inferenceHeaders = Type.Object({
  [INFERENCE_HEADER_LENGTH]: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Length of the JSON, where the bytes of tensors follow it.' }),
  ),
})

const Bytes = (description: string) => ({
  type: 'string',
  contentMediaType: 'application/octet-stream',
  description,
})

/** A body of JSON, or of JSON with the bytes of tensors behind it. */
export const inferenceBody = (schema: TSchema, examples: Readonly<Record<string, unknown>>) => ({
  content: {
    'application/json': { schema: { ...schema, 'x-examples': examples } },
    'application/octet-stream': {
      schema: Bytes(
        `The same JSON with the bytes of the tensors behind it; \`${INFERENCE_HEADER_LENGTH}\` holds the length of the JSON.`,
      ),
    },
  },
})

/** An answer of JSON, or of JSON with the bytes of outputs behind it. */
export const inferenceResponse = (example: AnswerName) => ({
  200: {
    description: 'The outputs: as JSON, or as bytes behind the JSON where the request asks for that.',
    headers: {
      [INFERENCE_HEADER_LENGTH]: {
        type: 'integer',
        description: 'Length of the JSON, where the bytes of outputs follow it.',
      },
    },
    content: {
      'application/json': { schema: InferenceResponse, examples: exampleOf(example) },
      'application/octet-stream': { schema: Bytes('JSON with bytes behind it.') },
    },
  },
})

/** Codes of the routes that describe a model. */
export const versionProblems = ['unknown-model', 'unknown-model-version'] as const

/** Codes of the routes that compute. */
export const inferenceProblems = [
  'malformed-request',
  'malformed-json',
  'malformed-content-encoding',
  'body-too-large',
  'unsupported-media-type',
  'unsupported-content-encoding',
  'validation-failed',
  'unknown-model-version',
  ...inputProblems,
  ...computationProblems,
] as const
