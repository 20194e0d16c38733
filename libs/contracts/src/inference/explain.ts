import { type Static, type TSchema, Type } from 'typebox'
import { AttributionRequest } from '../attribution/request.ts'
import { problemAt } from '../errors/problem.ts'
import { optional, strict } from '../schema/fields.ts'
import { binaryDataOutput, inferenceRequest } from './messages.ts'

const { model: _model, inputs: _inputs, conditions, ...others } = AttributionRequest.properties
const fields = { conditions: Type.Optional(Type.Union([conditions, Type.Null()])), ...others }

/**
 * How an explanation is asked for beside the tensors: the fields of `POST /v1/attributions`.
 * Without `conditions` the class that the model itself has chosen is explained.
 */
export const ExplanationParameters = strict(fields)
export type ExplanationParameters = Static<typeof ExplanationParameters>

/** Fields that hold objects or lists; clients whose parameters are plain values send them as JSON text. */
const structured = ['conditions', 'composite', 'attributor', 'init_relevance', 'record', 'output'] as const

/** A field that may also come as JSON text. */
const orText = (schema: TSchema) =>
  optional(Type.Union([schema, Type.String({ description: 'The same as JSON text.' })]))

const published = {
  ...fields,
  ...Object.fromEntries(structured.map((name) => [name, orText(fields[name])])),
} as typeof fields

/** The body of `POST /v2/models/{model}/explain`. */
export const ExplanationRequest = inferenceRequest(
  { ...binaryDataOutput, ...published },
  'ExplanationRequest',
)
export type ExplanationRequest = Static<typeof ExplanationRequest>

/** The schema that parameters must match once JSON text has been read. */
export const ReadExplanationRequest = inferenceRequest(
  { ...binaryDataOutput, ...fields },
  'ReadExplanationRequest',
)

/** `parameters` of an explanation as the published schema has them. */
export const PublishedExplanationParameters = strict(published, { title: 'ExplanationParameters' })

function readText(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw problemAt('malformed-json', `/parameters/${name}`, `is not JSON: ${(cause as Error).message}`)
  }
}

/**
 * A request whose parameters may hold JSON text, with that read.
 * @throws ProblemError `malformed-json` with a pointer to the parameter
 */
export function readParameterTexts(request: unknown): unknown {
  if (typeof request !== 'object' || request === null || !('parameters' in request)) return request
  const { parameters } = request
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) return request
  const read = Object.entries(parameters).map(([name, value]) => [
    name,
    structured.some((one) => one === name) && typeof value === 'string' && /^\s*[[{]/.test(value)
      ? readText(name, value)
      : value,
  ])
  return { ...request, parameters: Object.fromEntries(read) }
}
