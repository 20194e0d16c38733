import { type Static, Type } from 'typebox'
import { Composite } from '../attribution/composite.ts'
import { problemAt } from '../errors/problem.ts'
import { Name } from '../names.ts'
import { Index, mapOf, optional, strict } from '../schema/fields.ts'
import { type CollectedLayer, CollectedTargets, MaxTarget, ReferenceMode } from './manifest.ts'
import { PictureStyle } from './picture.ts'

const ReferencedConcepts = Type.Union(
  [Type.Enum(['all', 'none']), mapOf(Type.Array(Index, { minItems: 1, uniqueItems: true }))],
  { title: 'ReferencedConcepts' },
)

/** Pictures that the job renders ahead; all others are rendered when they are asked for. */
const RenderedReferences = strict(
  {
    count: optional(Type.Integer({ minimum: 1, maximum: 1000 }), {
      default: 8,
      description: 'Samples per concept.',
    }),
    receptive_field: optional(Type.Boolean(), {
      default: true,
      description: 'Cropped to the receptive field of the stored neuron.',
    }),
    style: optional(PictureStyle),
    concepts: optional(ReferencedConcepts, {
      default: 'none',
      description: 'By layer the channels whose references are rendered, or all of them, or none.',
    }),
  },
  { title: 'RenderedReferences' },
)

/** The body of `POST /v1/feature-visualizations`. */
export const FeatureVisualizationRequest = strict(
  {
    model: Name,
    dataset: Name,
    layers: optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 4096 }), {
      description: 'Every convolution and fully connected layer by default.',
    }),
    composite: optional(Composite, { default: 'epsilon_plus_flat' }),
    modes: optional(Type.Array(ReferenceMode, { minItems: 1, uniqueItems: true }), {
      default: ['relevance', 'activation'],
    }),
    max_target: optional(MaxTarget, { default: 'sum' }),
    abs_norm: optional(Type.Boolean(), {
      default: true,
      description:
        'Divide the values of a sample by the sum of their magnitudes over the channels of a layer.',
    }),
    top_k: optional(Type.Integer({ minimum: 1, maximum: 10_000 }), {
      default: 40,
      description: 'Samples kept per concept.',
    }),
    targets: optional(CollectedTargets, { default: 'label' }),
    range: optional(Type.Array(Index, { minItems: 2, maxItems: 2 }), {
      description: 'Samples of the data set, half-open; all of them by default.',
    }),
    statistics: optional(Type.Boolean(), {
      default: true,
      description: 'Keep the best samples of every class, too.',
    }),
    references: optional(RenderedReferences),
    max_skipped: optional(Type.Number({ minimum: 0, maximum: 1 }), {
      default: 0.1,
      description: 'Share of the samples that may be unreadable; beyond it the job fails and says which.',
    }),
  },
  { title: 'FeatureVisualizationRequest' },
)
export type FeatureVisualizationRequest = Static<typeof FeatureVisualizationRequest>

/** What a job renders ahead. */
export interface RenderedReferencesTask {
  readonly count: number
  readonly receptive_field: boolean
  readonly style: 'opaque' | 'plain' | 'heatmap'
  readonly concepts: 'all' | 'none' | Readonly<Record<string, readonly number[]>>
}

/** A request with every default filled in. Layers are the client's names; without them it is about those with weights. */
export interface FeatureVisualizationOrder {
  readonly model: string
  readonly dataset: string
  readonly layers?: readonly string[]
  /** As the API takes it, so that it can be kept as JSON. */
  readonly composite: Composite
  readonly modes: readonly ReferenceMode[]
  readonly max_target: MaxTarget
  readonly abs_norm: boolean
  readonly top_k: number
  readonly targets: CollectedTargets
  readonly range?: readonly [from: number, to: number]
  readonly statistics: boolean
  readonly references: RenderedReferencesTask
  readonly max_skipped: number
}

/** A request as a job does it: names are resolved, so that nothing that is registered later changes it. */
export interface FeatureVisualizationTask extends Omit<FeatureVisualizationOrder, 'layers' | 'range'> {
  readonly model_sha256: string
  /** As in the manifest. */
  readonly model_registration?: string
  readonly dataset_fingerprint: string
  /** As in the manifest. */
  readonly dataset_outputs?: string
  readonly layers: readonly CollectedLayer[]
  readonly range: readonly [from: number, to: number]
}

function rangeOf(range: FeatureVisualizationRequest['range']): readonly [number, number] | undefined {
  if (range === undefined || range === null) return undefined
  const [from, to] = range as [number, number]
  if (from < to) return [from, to]
  throw problemAt('range-invalid', '/range', `[${from}, ${to}] holds no sample; it is half-open`)
}

const byRank = (modes: readonly ReferenceMode[]): ReferenceMode[] =>
  (['relevance', 'activation'] as const).filter((mode) => modes.includes(mode))

function renderTask(references: FeatureVisualizationRequest['references']): RenderedReferencesTask {
  const { count, receptive_field, style, concepts } = references ?? {}
  return {
    count: count ?? 8,
    receptive_field: receptive_field ?? true,
    style: style ?? 'opaque',
    concepts: concepts ?? 'none',
  }
}

/**
 * The order of a valid request.
 * @throws ProblemError `range-invalid`
 */
export function featureVisualizationOrder(request: FeatureVisualizationRequest): FeatureVisualizationOrder {
  const { model, dataset, layers, composite, targets } = request
  const range = rangeOf(request.range)
  return {
    model,
    dataset,
    ...(layers ? { layers } : {}),
    composite: composite ?? 'epsilon_plus_flat',
    modes: byRank(request.modes ?? ['relevance', 'activation']),
    max_target: request.max_target ?? 'sum',
    abs_norm: request.abs_norm ?? true,
    top_k: request.top_k ?? 40,
    targets: targets ?? 'label',
    ...(range ? { range } : {}),
    statistics: request.statistics ?? true,
    references: renderTask(request.references),
    max_skipped: request.max_skipped ?? 0.1,
  }
}
