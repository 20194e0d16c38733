import { type Static, type TProperties, Type } from 'typebox'
import { schemaLimits } from '../limits.ts'
import { Index, optional, strict } from '../schema/fields.ts'
import { Datatype } from '../wire/tensor.ts'

/**
 * The messages of the Open Inference Protocol, version 2, with its binary tensor extension.
 * Source: https://github.com/kserve/open-inference-protocol and Triton's extension_binary_data.md
 */

/** Header with the length of the JSON in front of binary tensors, in both directions. */
export const INFERENCE_HEADER_LENGTH = 'inference-header-content-length'

/** `GET /v2`. */
export const InferenceServer = Type.Object(
  { name: Type.String(), version: Type.String(), extensions: Type.Array(Type.String()) },
  { title: 'InferenceServer' },
)
export type InferenceServer = Static<typeof InferenceServer>

export const InferenceLive = Type.Object({ live: Type.Boolean() }, { title: 'InferenceLive' })
export const InferenceReady = Type.Object({ ready: Type.Boolean() }, { title: 'InferenceReady' })
export const InferenceModelReady = Type.Object(
  { name: Type.String(), ready: Type.Boolean() },
  { title: 'InferenceModelReady' },
)

/** Names of element types on the wire: those of tensors, and BYTES. */
export const InferenceDatatype = Type.Union([Datatype, Type.Literal('BYTES')], { title: 'InferenceDatatype' })
export type InferenceDatatype = Static<typeof InferenceDatatype>

const TensorMetadata = Type.Object(
  {
    name: Type.String(),
    datatype: Type.String(),
    shape: Type.Array(Type.Integer(), { description: '-1 for an axis of any size.' }),
  },
  { title: 'InferenceTensorMetadata' },
)

/** `GET /v2/models/{model}`. */
export const InferenceModel = Type.Object(
  {
    name: Type.String(),
    versions: Type.Array(Type.String(), { description: 'One: the SHA-256 of the model.' }),
    platform: Type.String(),
    inputs: Type.Array(TensorMetadata),
    outputs: Type.Array(TensorMetadata),
  },
  { title: 'InferenceModel' },
)
export type InferenceModel = Static<typeof InferenceModel>

const InputParameters = strict({
  binary_data_size: optional(Index, { description: 'Bytes of this tensor behind the JSON.' }),
  content_type: optional(Type.Enum(['np', 'base64']), {
    description: 'As MLServer names them: `np` for numbers, `base64` for BYTES in JSON.',
  }),
})

/** An input of a request: numbers, or BYTES that hold one encoded image each. */
export const InferenceInput = strict(
  {
    name: Type.String({ description: 'The name of the model’s input.' }),
    shape: Type.Array(Index, { minItems: 1, maxItems: schemaLimits.tensorRank }),
    datatype: InferenceDatatype,
    parameters: optional(InputParameters),
    data: optional(Type.Array(Type.Unknown()), {
      description: 'Row-major, flat or nested; base64 texts for BYTES. Absent where the tensor is binary.',
    }),
  },
  { title: 'InferenceInput' },
)
export type InferenceInput = Static<typeof InferenceInput>

const RequestedOutput = strict(
  {
    name: Type.String(),
    parameters: optional(
      strict({
        binary_data: optional(Type.Boolean(), { description: 'Whether this output comes as bytes.' }),
      }),
    ),
  },
  { title: 'InferenceRequestedOutput' },
)

/** `binary_data_output` of a request's parameters. */
export const binaryDataOutput = {
  binary_data_output: optional(Type.Boolean(), {
    default: false,
    description: 'Whether all outputs come as bytes behind the JSON.',
  }),
}

/** The body of an inference with its own parameters. */
export const inferenceRequest = <P extends TProperties>(parameters: P, title: string) =>
  strict(
    {
      id: optional(Type.String({ maxLength: 256 }), { description: 'Comes back in the answer.' }),
      model_name: optional(Type.String(), {
        description: 'The model of the path once more, as KServe’s SDK sends it.',
      }),
      parameters: optional(strict(parameters)),
      inputs: Type.Array(InferenceInput, { minItems: 1, maxItems: 1 }),
      outputs: optional(Type.Array(RequestedOutput), { description: 'What comes back; all by default.' }),
    },
    { title },
  )

/** The body of `POST /v2/models/{model}/infer`. */
export const InferenceRequest = inferenceRequest(binaryDataOutput, 'InferenceRequest')
export type InferenceRequest = Static<typeof InferenceRequest>

const OutputTensor = Type.Object(
  {
    name: Type.String(),
    shape: Type.Array(Type.Integer()),
    datatype: InferenceDatatype,
    parameters: Type.Optional(
      Type.Object({
        binary_data_size: Type.Optional(Type.Integer()),
        content_type: Type.Optional(Type.String({ description: 'What BYTES hold: base64, or JSON.' })),
      }),
    ),
    data: Type.Optional(
      Type.Array(Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]), {
        description: 'Flat, row-major; null where a number is not finite.',
      }),
    ),
  },
  { title: 'InferenceOutput' },
)

/** The JSON of an answer. */
export const InferenceResponse = Type.Object(
  {
    model_name: Type.String(),
    model_version: Type.String(),
    id: Type.Optional(Type.String()),
    outputs: Type.Array(OutputTensor),
  },
  { title: 'InferenceResponse' },
)
export type InferenceResponse = Static<typeof InferenceResponse>
