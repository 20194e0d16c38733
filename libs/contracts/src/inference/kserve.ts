import { type Static, Type } from 'typebox'
import { AttributionResponse } from '../attribution/response.ts'
import { optional, strict } from '../schema/fields.ts'
import { ExplanationParameters, PublishedExplanationParameters } from './explain.ts'

/** The messages of KServe's V1 protocol. Source: https://kserve.github.io/website/docs/concepts/architecture/data-plane/v1-protocol */

const EncodedImage = strict(
  { b64: Type.String({ minLength: 1, description: 'An image file, base64.' }) },
  { title: 'EncodedImage' },
)

const Instance = Type.Union([
  Type.Array(Type.Unknown(), { description: 'One sample as nested lists of numbers.' }),
  EncodedImage,
  strict({ image_bytes: EncodedImage }),
])
export type KServeInstance = Static<typeof Instance>

const Instances = Type.Array(Instance, { minItems: 1 })

const samples = {
  instances: optional(Instances, { description: 'One entry for each sample: nested lists, or an image.' }),
  inputs: optional(
    Type.Union([
      Instances,
      Type.Unsafe<Record<string, KServeInstance[]>>({ type: 'object', additionalProperties: Instances }),
    ]),
    { description: 'Instead of `instances`: the same, or {"name of the input": the same}.' },
  ),
}

/** The body of `POST /v1/models/{model}:predict`. */
export const KServePrediction = strict(samples, { title: 'KServePrediction' })
export type KServePrediction = Static<typeof KServePrediction>

/** The body of `POST /v1/models/{model}:explain` as it is published. */
export const KServeExplanation = strict(
  { ...samples, parameters: optional(PublishedExplanationParameters) },
  { title: 'KServeExplanation' },
)

/** The same once JSON text in the parameters has been read. */
export const ReadKServeExplanation = strict({ ...samples, parameters: optional(ExplanationParameters) })
export type ReadKServeExplanation = Static<typeof ReadKServeExplanation>

/** The answer of `:predict`. */
export const KServePredictions = Type.Object(
  {
    predictions: Type.Array(Type.Unknown(), {
      description: 'The model’s output for each instance, as nested lists.',
    }),
  },
  { title: 'KServePredictions' },
)

const { results, ...rest } = AttributionResponse.properties

/** The answer of `:explain`: as that of `POST /v1/attributions`, with the rows under KServe's name. */
export const KServeExplanations = Type.Object(
  { explanations: results, ...rest },
  { title: 'KServeExplanations' },
)
