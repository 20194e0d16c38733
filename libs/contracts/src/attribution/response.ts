import { type Static, type TSchema, Type } from 'typebox'
import { Figure, mapOf } from '../schema/fields.ts'
import { type BinaryTensor, ResultTensor } from '../wire/tensor.ts'
import { Rule } from './rules.ts'

/** One of the best classes. */
export const TopEntry = Type.Object(
  {
    index: Type.Integer(),
    label: Type.Optional(Type.String()),
    score: Figure,
    probability: Type.Union([Type.Number(), Type.Null()], {
      description: 'From the model’s own output; null where the model has none.',
    }),
  },
  { title: 'TopEntry' },
)

/** Relevance of one channel of a recorded layer. */
export const ConceptRelevance = Type.Object(
  { index: Type.Integer(), relevance: Figure },
  { title: 'ConceptRelevance' },
)

/** Which channel a row is of, where its condition ranks them. */
export const RankedConcept = Type.Object(
  { layer: Type.String(), index: Type.Integer(), relevance: Figure },
  {
    title: 'RankedConcept',
    description:
      'The channel that the row is of, and its share of the relevance; only where the condition says {"top": …}.',
  },
)

/** The conservation check of a row. */
export const Trust = Type.Object(
  {
    initial: Type.Union([Type.Number(), Type.Null()], { description: 'Relevance at the start, after `y`.' }),
    input: Type.Union([Type.Number(), Type.Null()], { description: 'Sum of the relevance at the input.' }),
    ratio: Type.Union([Type.Number(), Type.Null()], {
      description: 'input / initial; null where initial is 0.',
    }),
    layers: mapOf(Figure, { description: 'Sum at a layer before its mask / initial.' }),
    absorbed: Type.Object({
      bias: Type.Optional(Figure),
      stabilizer: Type.Optional(Figure),
      masked: Type.Optional(Figure),
    }),
    finite: Type.Boolean({ description: 'Whether every value is finite.' }),
    warnings: Type.Array(Type.String(), {
      description:
        'What is wrong with the relevance: values that are not finite; more than 1 % that neither reached the input nor was absorbed, with the layers whose rule need not keep the sum; what the heatmap is where an attributor gathers it from several passes.',
    }),
  },
  { title: 'Trust' },
)
export type Trust = Static<typeof Trust>

/** Where the time went. */
export const Timings = Type.Object(
  {
    queue_ms: Type.Number({
      description: 'Milliseconds that the rows waited for their turn, all batches together.',
    }),
    batch: Type.Integer({
      description: 'Rows that were computed together at most, those of other requests included.',
    }),
    compute_ms: Type.Number({
      description: 'Milliseconds that ONNX Runtime computed, whoever else had rows in the same batches.',
    }),
    plan: Type.Object({
      executions: Type.Integer({ description: 'Runs of ONNX Runtime.' }),
      forward_equivalents: Type.Number({
        description: 'Work for this request alone, in units of one forward pass.',
      }),
    }),
  },
  { title: 'Timings' },
)
export type Timings = Static<typeof Timings>

const title = (name: string, suffix: string) => ({ title: `${suffix}${name}` })

/** The messages that hold tensors and pictures, over how these travel. */
function messages<T extends TSchema, B extends TSchema>(tensor: T, bytes: B, prefix = '') {
  const prediction = Type.Object(
    { top: Type.Array(TopEntry), tensor: Type.Optional(tensor) },
    title('Prediction', prefix),
  )
  const recorded = Type.Object(
    {
      relevance: Type.Optional(tensor),
      activation: Type.Optional(tensor),
      concepts: Type.Optional(Type.Array(ConceptRelevance)),
    },
    title('RecordedLayer', prefix),
  )
  const row = Type.Object(
    {
      sample: Type.Integer(),
      condition: Type.Integer(),
      concept: Type.Optional(RankedConcept),
      prediction,
      heatmap: Type.Optional(Type.Object({ png: Type.Optional(bytes), tensor: Type.Optional(tensor) })),
      input_relevance: Type.Optional(tensor),
      layers: Type.Optional(mapOf(recorded)),
      region_relevance: Type.Optional(Type.Array(Figure)),
      trust: Trust,
    },
    title('AttributionResult', prefix),
  )
  const model = { model: Type.String(), model_sha256: Type.String() }
  const attribution = Type.Object(
    {
      ...model,
      composite: mapOf(Type.Union([Rule, Type.Null()]), {
        description: 'The rule of every layer; null where it has its exact gradient.',
      }),
      results: Type.Array(row),
      timings: Timings,
    },
    title('AttributionResponse', prefix),
  )
  const predictions = Type.Object(
    { ...model, results: Type.Array(Type.Object({ sample: Type.Integer(), prediction })), timings: Timings },
    title('PredictionResponse', prefix),
  )
  return { attribution, predictions }
}

const published = messages(ResultTensor, Type.String({ description: 'PNG, base64.' }))

/** The answer of `POST /v1/attributions`. */
export const AttributionResponse = published.attribution
export type AttributionResponse = Static<typeof AttributionResponse>

/** The answer of `POST /v1/models/{model}/predictions`. */
export const PredictionResponse = published.predictions
export type PredictionResponse = Static<typeof PredictionResponse>

const internal = messages(Type.Unsafe<BinaryTensor>({}), Type.Unsafe<Uint8Array>({}), 'Engine')

/** What the worker answers to an attribution: the same with tensors and pictures as bytes. */
export type EngineAttributionResponse = Static<typeof internal.attribution>

/** What the worker answers to a prediction: the same with tensors as bytes. */
export type EnginePredictionResponse = Static<typeof internal.predictions>
