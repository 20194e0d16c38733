import { type Static, Type } from 'typebox'
import { schemaLimits } from './limits.ts'
import { Name } from './names.ts'
import { mapOf, optional, strict } from './schema/fields.ts'

const Extent = Type.Integer({ minimum: 1, maximum: 65_535 })
const HeightWidth = Type.Array(Extent, { minItems: 2, maxItems: 2, description: '[height, width]' })
const PerChannel = Type.Union([Type.Number(), Type.Array(Type.Number(), { minItems: 1 })])

/** How an image becomes the model's input: value = (pixel * scale - mean) / std. */
export const Preprocessing = strict(
  {
    size: optional(Type.Union([HeightWidth, Extent]), {
      description: '[height, width], or the length of the shorter side.',
    }),
    resize: optional(Type.Enum(['stretch', 'shorter_side', 'letterbox'])),
    crop: optional(Type.Union([Type.Boolean(), HeightWidth]), {
      description: 'Centre crop: to `size`, to [height, width], or none.',
      default: false,
    }),
    mean: optional(PerChannel, {
      description: 'One number, or one per channel in the model’s channel order.',
    }),
    std: optional(PerChannel, {
      description: 'One number, or one per channel in the model’s channel order.',
    }),
    scale: optional(Type.Number(), { description: 'Factor on pixels of 0 to 255; 1/255 by default.' }),
    channel_order: optional(Type.Enum(['RGB', 'BGR']), { default: 'RGB' }),
    layout: optional(Type.Enum(['NCHW', 'NHWC']), { default: 'NCHW' }),
    interpolation: optional(Type.Enum(['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos']), {
      default: 'bilinear',
    }),
  },
  { title: 'Preprocessing' },
)
export type Preprocessing = Static<typeof Preprocessing>

/** Fields that only Hugging Face image processors have; one of them tells such a file from `Preprocessing`. */
export const huggingFaceMarkers = [
  'image_processor_type',
  'feature_extractor_type',
  'do_resize',
  'default_to_square',
  'resample',
  'do_center_crop',
  'crop_size',
  'crop_pct',
  'do_rescale',
  'rescale_factor',
  'rescale_offset',
  'do_normalize',
  'image_mean',
  'image_std',
] as const

/** A Hugging Face `preprocessor_config.json`, as it is. */
export const HuggingFacePreprocessing = Type.Union(
  huggingFaceMarkers.map((marker) => Type.Object({ [marker]: Type.Unknown() })),
  {
    title: 'HuggingFacePreprocessing',
    description: 'A Hugging Face `preprocessor_config.json`: free-form, known by any of its typical fields.',
  },
)

/** Whether a preprocessing is a Hugging Face one. */
export const isHuggingFace = (value: object): value is Readonly<Record<string, unknown>> =>
  huggingFaceMarkers.some((marker) => Object.hasOwn(value, marker))

/** Which tensor is the output, and where relevance starts. */
export const ModelOutput = strict(
  {
    tensor: optional(Type.String({ minLength: 1 }), {
      description: 'Name of the output; the first by default.',
    }),
    start: optional(Type.Enum(['logits', 'output']), {
      default: 'logits',
      description: '`logits` leaves a trailing Softmax, LogSoftmax or Sigmoid out of the backward pass.',
    }),
  },
  { title: 'ModelOutput' },
)
export type ModelOutput = Static<typeof ModelOutput>

/** The `metadata` part of `POST /v1/models`. */
export const ModelMetadata = strict(
  {
    name: Name,
    labels: optional(Type.Array(Type.String({ maxLength: schemaLimits.labelLength })), {
      description: 'Class names in the order of the output.',
    }),
    preprocessing: optional(Type.Union([Preprocessing, HuggingFacePreprocessing]), {
      description: 'Without it, tensor inputs work and image inputs do not.',
    }),
    output: optional(ModelOutput),
    allow_unsupported: optional(Type.Boolean(), {
      default: false,
      description: 'Accept a model with operators that cannot be explained.',
    }),
  },
  { title: 'ModelMetadata' },
)
export type ModelMetadata = Static<typeof ModelMetadata>

/** A size of an axis: a number, or the name of a dynamic one. */
const Axis = Type.Union([Type.Integer(), Type.String(), Type.Null()])

/** An input or output of a model. */
export const ModelTensor = Type.Object(
  { name: Type.String(), shape: Type.Array(Axis), datatype: Type.String() },
  { title: 'ModelTensor' },
)

/** A node that cannot be explained. */
export const UnsupportedNode = Type.Object(
  {
    node: Type.String(),
    op: Type.String(),
    reason: Type.String(),
    needs: Type.String({ description: 'What would let relevance pass.' }),
  },
  { title: 'UnsupportedNode' },
)

/** A registered model. */
export const Model = Type.Object(
  {
    name: Type.String(),
    sha256: Type.String({ description: 'SHA-256 of the content, in hexadecimal.' }),
    size: Type.Integer({ description: 'Bytes, external data included.' }),
    created_at: Type.String({ description: 'RFC 3339.' }),
    ready: Type.Boolean({
      description: 'True: a model that is listed can be used. KServe’s clients ask for it.',
    }),
    opset: Type.Optional(Type.Integer()),
    inputs: Type.Array(ModelTensor),
    outputs: Type.Array(ModelTensor),
    labels: Type.Optional(Type.Array(Type.String())),
    preprocessing: Type.Optional(mapOf(Type.Unknown(), { description: 'As it was given.' })),
    output: Type.Optional(
      Type.Object(
        { tensor: Type.String(), start: Type.Enum(['logits', 'output']) },
        { title: 'ResolvedOutput' },
      ),
    ),
    unsupported: Type.Array(UnsupportedNode, {
      description: 'Nodes that cannot be explained; empty as a rule.',
    }),
    warnings: Type.Optional(
      Type.Array(Type.String(), {
        description: 'What of the metadata is most likely a mistake; absent where nothing is.',
      }),
    ),
  },
  { title: 'Model' },
)
export type Model = Static<typeof Model>

/** A page of models. */
export const ModelList = Type.Object(
  {
    models: Type.Array(Model),
    next_cursor: Type.Optional(
      Type.String({ description: 'Send it as `cursor` for the next page; absent on the last.' }),
    ),
  },
  { title: 'ModelList' },
)
export type ModelList = Static<typeof ModelList>

/** A layer that conditions and `record` can name. */
export const Layer = Type.Object(
  {
    name: Type.String({
      description: 'PyTorch module path where the export carries one, else the ONNX name.',
    }),
    aliases: Type.Array(Type.String(), { description: 'Further names that the layer answers to.' }),
    op: Type.String(),
    output_shape: Type.Array(Axis),
    concepts: Type.Union([Type.Integer(), Type.Null()], { description: 'Number of channels.' }),
    receptive_field: Type.Union([Type.Array(Type.Integer()), Type.Null()], {
      description: '[height, width] in pixels of the model input; null where there is none.',
    }),
    inputs: Type.Array(Type.String(), { description: 'The nearest named layers upstream.' }),
    rule: Type.Union([Type.String(), Type.Null()], {
      description: 'The rule that the composite gives; null where relevance cannot pass the layer.',
    }),
    because: Type.String({
      description: 'What of the composite gave the rule, or why relevance cannot pass.',
    }),
  },
  { title: 'Layer' },
)
export type Layer = Static<typeof Layer>

/** The layers of a model. */
export const LayerList = Type.Object(
  { model: Type.String(), composite: Type.Unknown(), layers: Type.Array(Layer) },
  { title: 'LayerList' },
)
export type LayerList = Static<typeof LayerList>

/** Query of a paged list. */
export const PageQuery = strict({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  cursor: Type.Optional(Type.String({ maxLength: 1024 })),
})
export type PageQuery = Static<typeof PageQuery>

/** A node of a model on the way of the relevance. */
export const NodeSupport = Type.Object(
  {
    node: Type.String(),
    op: Type.String(),
    layer: Type.Union([Type.String(), Type.Null()], {
      description: 'The layer that the node is part of; null where it carries no relevance.',
    }),
    needed: Type.Boolean({
      description: 'Whether relevance from the start that the model was registered with has to pass.',
    }),
    supported: Type.Boolean(),
    rule: Type.Union([Type.String(), Type.Null()], { description: 'The rule that the composite gives.' }),
    because: Type.String({ description: 'What of the composite gave the rule.' }),
    exact: Type.Boolean({ description: 'Whether the rule is computed as it is defined.' }),
    conserving: Type.Boolean({
      description: 'Whether relevance keeps its sum under the rule, but for what `trust.absorbed` notes.',
    }),
    reason: Type.Union([Type.String(), Type.Null()], {
      description: 'Why relevance cannot pass, or why it passes approximately.',
    }),
    needs: Type.Union([Type.String(), Type.Null()], {
      description: 'What would let relevance pass where it cannot.',
    }),
  },
  { title: 'NodeSupport' },
)
export type NodeSupport = Static<typeof NodeSupport>

const Share = Type.Union([Type.Number(), Type.Null()])

/** What of a model can be explained with a composite. */
export const SupportReport = Type.Object(
  {
    model: Type.String(),
    composite: Type.Unknown(),
    explainable: Type.Boolean({ description: 'Whether every needed node is supported.' }),
    share: Type.Object(
      { nodes: Share, flops: Share },
      {
        description:
          'Shares of the needed nodes that are supported; null where there are none, or sizes are not known.',
      },
    ),
    nodes: Type.Array(NodeSupport),
    unmerged_batch_norms: Type.Array(Type.Object({ node: Type.String(), reason: Type.String() }), {
      description: 'Batch norms that stay where they are.',
    }),
  },
  { title: 'SupportReport' },
)
export type SupportReport = Static<typeof SupportReport>

/** Query of the routes that show what a composite does to a model. */
export const CompositeQuery = strict({
  composite: Type.Optional(
    Type.String({
      description:
        'Name of a composite, or a composite object as URL-encoded JSON; `epsilon_plus_flat` by default.',
      maxLength: 8192,
    }),
  ),
})
export type CompositeQuery = Static<typeof CompositeQuery>
