import { type Static, Type } from 'typebox'
import { schemaLimits } from '../limits.ts'
import { optional, strict } from '../schema/fields.ts'
import { Tensor } from '../wire/tensor.ts'

/** How tensors travel in the answer. */
export const Encoding = Type.Enum(['base64', 'json'])
export type Encoding = Static<typeof Encoding>

/** What of the prediction comes back. */
export const PredictionOutput = strict(
  {
    top: optional(Type.Integer({ minimum: 0, maximum: schemaLimits.top }), {
      default: 5,
      description: 'Number of classes, best first.',
    }),
    tensor: optional(Type.Boolean(), { default: false, description: 'The model’s own output row.' }),
  },
  { title: 'PredictionOutput' },
)

/** How a heatmap becomes a picture. */
export const Render = strict(
  {
    colormap: optional(Type.String({ minLength: 1, maxLength: 256 }), { default: 'bwr' }),
    symmetric: optional(Type.Boolean(), {
      default: true,
      description: 'Zero in the middle of the colour map.',
    }),
    level: optional(Type.Number({ exclusiveMinimum: 0 }), {
      default: 1,
      description: 'Share of the range at which colours saturate.',
    }),
    overlay: optional(Type.Number({ minimum: 0, maximum: 1 }), {
      default: 0,
      description: 'Share of the input image in the picture.',
    }),
    scale: optional(Type.Integer({ minimum: 1, maximum: 16 }), {
      default: 1,
      description: 'Pixels per value.',
    }),
  },
  { title: 'Render' },
)

const Box = strict({
  box: Type.Array(Type.Integer(), { minItems: 4, maxItems: 4, description: '[x0, y0, x1, y1], half-open.' }),
})
const Mask = strict({ mask: Tensor })

/** A region of the input whose share of relevance is asked for. */
export const Region = Type.Union([Box, Mask], { title: 'Region' })

/** What comes back for every row. */
export const Output = strict(
  {
    heatmap: optional(Type.Array(Type.Enum(['png', 'tensor']), { uniqueItems: true }), { default: ['png'] }),
    per_channel: optional(Type.Boolean(), { default: false, description: 'Adds `input_relevance`.' }),
    prediction: optional(PredictionOutput),
    regions: optional(Type.Array(Region), { description: 'Adds `region_relevance`.' }),
    encoding: optional(Encoding, { default: 'base64' }),
    render: optional(Render),
  },
  { title: 'Output' },
)

/** What is recorded at a layer. */
export const RecordEntry = strict(
  {
    relevance: optional(Type.Boolean(), {
      default: true,
      description: 'Relevance at its output, before its mask.',
    }),
    activation: optional(Type.Boolean(), { default: false }),
    concepts: optional(Type.Integer({ minimum: 1, maximum: schemaLimits.top }), {
      description: 'The most relevant channels, this many.',
    }),
    abs_norm: optional(Type.Boolean(), {
      default: false,
      description: 'Divide concepts by the sum of their absolute values.',
    }),
  },
  { title: 'RecordEntry' },
)
