import { type Static, Type } from 'typebox'
import { Composite } from '../attribution/composite.ts'
import { Name } from '../names.ts'
import { Index, strict } from '../schema/fields.ts'

/** What the samples of a concept are ranked by: its relevance (RelMax) or its activation (ActMax). */
export const ReferenceMode = Type.Enum(['relevance', 'activation'], { title: 'ReferenceMode' })
export type ReferenceMode = Static<typeof ReferenceMode>

/** How the positions of a channel become one value: their sum, or the value at the strongest one. */
export const MaxTarget = Type.Enum(['sum', 'max'], { title: 'MaxTarget' })
export type MaxTarget = Static<typeof MaxTarget>

/** The classes that relevance starts from: the label of a sample, what the model predicts, or these for every sample. */
export const CollectedTargets = Type.Union(
  [Type.Enum(['label', 'predicted']), Type.Array(Index, { minItems: 1, uniqueItems: true })],
  { title: 'CollectedTargets' },
)
export type CollectedTargets = Static<typeof CollectedTargets>

/** A layer of a run. */
export const CollectedLayer = strict(
  {
    name: Type.String({ minLength: 1, description: 'The canonical name, as `GET …/layers` has it.' }),
    concepts: Type.Integer({ minimum: 1, description: 'Number of channels.' }),
    sizes: Type.Array(Type.Integer({ minimum: 1 }), {
      description: 'Sizes behind the channels; a stored neuron is a flat position over them, row-major.',
    }),
  },
  { title: 'CollectedLayer' },
)
export type CollectedLayer = Static<typeof CollectedLayer>

/** A sample that could not be read. */
export const SkippedSample = strict(
  {
    index: Index,
    path: Type.Optional(Type.String()),
    code: Type.String({ description: 'Code of the error table.' }),
    detail: Type.String(),
  },
  { title: 'SkippedSample' },
)
export type SkippedSample = Static<typeof SkippedSample>

/** Version of the layout that a manifest describes. A reader refuses others. */
export const manifestVersion = 1

/**
 * What a finished feature visualization is: `manifest.json` in its folder of the object store, written last. A folder
 * without one is not finished.
 */
export const FeatureVisualizationManifest = strict(
  {
    version: Type.Literal(manifestVersion),
    id: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'The id of the run, which is that of its job.',
    }),
    origin: Type.Enum(['job', 'import'], { description: 'Collected here, or brought in by an import.' }),
    created_at: Type.String({ description: 'RFC 3339.' }),
    model: Name,
    model_sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    model_registration: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description:
          'SHA-256 over what the registration of the model decides: preprocessing, output, and where relevance starts. Absent in runs of earlier versions.',
      }),
    ),
    dataset: Name,
    dataset_fingerprint: Type.Union([Type.String(), Type.Null()], {
      description: 'What the items of the data set were at the time; null where an import does not know.',
    }),
    dataset_outputs: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description:
          'SHA-256 over which output of the model each class of the data set stands for; the labels of the model decide about folders. Absent in runs of earlier versions.',
      }),
    ),
    range: Type.Array(Index, {
      minItems: 2,
      maxItems: 2,
      description: 'Indices of the data set that the run covers, half-open.',
    }),
    samples: Type.Integer({ minimum: 0, description: 'Samples that were read and ranked.' }),
    skipped: Type.Array(SkippedSample, { description: 'Samples that could not be read.' }),
    composite: Composite,
    modes: Type.Array(ReferenceMode, { minItems: 1, uniqueItems: true }),
    max_target: MaxTarget,
    abs_norm: Type.Boolean(),
    top_k: Type.Integer({ minimum: 1, description: 'Samples kept per concept, at most.' }),
    targets: CollectedTargets,
    layers: Type.Array(CollectedLayer, { minItems: 1 }),
    statistics: strict(
      { relevance: Type.Optional(Type.Array(Index)), activation: Type.Optional(Type.Array(Index)) },
      {
        description:
          'Per mode the classes that have a tree of their own, ascending; a mode without statistics is absent.',
      },
    ),
  },
  { title: 'FeatureVisualizationManifest' },
)
export type FeatureVisualizationManifest = Static<typeof FeatureVisualizationManifest>
