import { type Static, Type } from 'typebox'
import { schemaLimits } from '../limits.ts'
import { Name } from '../names.ts'
import { mapOf, optional, strict } from '../schema/fields.ts'
import { Tensor } from '../wire/tensor.ts'
import { Attributor } from './attributor.ts'
import { Composite } from './composite.ts'
import { Condition } from './conditions.ts'
import { Input } from './inputs.ts'
import { Encoding, Output, PredictionOutput, RecordEntry } from './output.ts'

/** How samples and conditions become rows. */
export const Pairing = Type.Enum(['product', 'zip'], { title: 'Pairing' })
export type Pairing = Static<typeof Pairing>

/** What the relevance starts with. */
export const InitRelevance = Type.Union(
  [Type.Enum(['prediction', 'activation', 'absolute']), Type.Number(), Tensor],
  {
    title: 'InitRelevance',
    description:
      'The value where relevance starts, its absolute value, a number, or a tensor of one row or one per result row.',
  },
)
export type InitRelevance = Static<typeof InitRelevance>

const Inputs = Type.Array(Input, { minItems: 1, maxItems: schemaLimits.inputs })

/** The body of `POST /v1/attributions`. */
export const AttributionRequest = strict(
  {
    model: Name,
    inputs: Inputs,
    conditions: Type.Array(Condition, { minItems: 1, maxItems: schemaLimits.conditions }),
    pairing: optional(Pairing, { default: 'product' }),
    composite: optional(Composite, { default: 'epsilon_plus_flat' }),
    attributor: optional(Attributor),
    start_layer: optional(Type.String({ minLength: 1 })),
    init_relevance: optional(InitRelevance, { default: 'prediction' }),
    exclude_parallel: optional(Type.Boolean(), { default: true }),
    record: optional(mapOf(Type.Union([RecordEntry, Type.Null()])), {
      description: 'Layer -> what to record.',
    }),
    output: optional(Output),
  },
  { title: 'AttributionRequest' },
)
export type AttributionRequest = Static<typeof AttributionRequest>

/** The body of `POST /v1/models/{model}/predictions`. */
export const PredictionRequest = strict(
  {
    inputs: Inputs,
    output: optional(
      strict({ prediction: optional(PredictionOutput), encoding: optional(Encoding, { default: 'base64' }) }),
    ),
  },
  { title: 'PredictionRequest' },
)
export type PredictionRequest = Static<typeof PredictionRequest>
