import { type Static, Type } from 'typebox'
import { problemAt } from '../errors/problem.ts'
import { schemaLimits } from '../limits.ts'
import { Name } from '../names.ts'
import { Figure, Index, optional, strict } from '../schema/fields.ts'
import { imageSize, type RequestLimits } from './checks.ts'
import { Composite } from './composite.ts'
import { Input } from './inputs.ts'
import { Timings } from './response.ts'
import { type CompositeTask, compositeTask, type Decoded } from './task.ts'

const LayerName = Type.String({ minLength: 1 })

const Width = Type.Array(Type.Integer({ minimum: 1, maximum: schemaLimits.top }), {
  minItems: 1,
  maxItems: schemaLimits.levels,
})

/** Which of two readings of an attribution graph is computed. */
export const GraphMode = Type.Enum(['peer', 'corrected'], {
  title: 'GraphMode',
  description:
    '`peer`: as zennit-crp computes it. `corrected`: below the first level the condition of the top concept ends, layers twice removed behind a skip connection are left out, and nothing is listed twice.',
})
export type GraphMode = Static<typeof GraphMode>

/** The body of `POST /v1/attribution-graphs`. */
export const AttributionGraphRequest = strict(
  {
    model: Name,
    input: Input,
    composite: optional(Composite, { default: 'epsilon_plus_flat' }),
    layer: LayerName,
    concept: Type.Integer({ minimum: 0, description: 'The channel of `layer` that is taken apart.' }),
    target: optional(Type.Union([Index, Type.Enum(['predicted'])]), {
      description: 'Relevance starts at this class; without it, at the parent, or at the concept itself.',
    }),
    width: optional(Width, {
      default: [4, 2],
      description: 'Concepts per input layer, level by level; its length is the number of levels.',
    }),
    parent: optional(
      strict({ layer: LayerName, concept: Index }, { description: 'A higher concept to stay within.' }),
    ),
    abs_norm: optional(Type.Boolean(), { default: true }),
    mode: optional(GraphMode, { default: 'peer' }),
    layers: optional(Type.Array(LayerName, { minItems: 1, maxItems: schemaLimits.conditions }), {
      description:
        'The layers whose concepts can be nodes; every convolution and fully connected layer by default.',
    }),
  },
  { title: 'AttributionGraphRequest' },
)
export type AttributionGraphRequest = Static<typeof AttributionGraphRequest>

/** An attribution graph request whose nulls are gone and whose tensors and images are bytes, before defaults. */
export type DecodedAttributionGraph = Decoded<AttributionGraphRequest>

const GraphNode = Type.Object(
  { layer: Type.String(), concept: Type.Integer() },
  { title: 'AttributionGraphNode' },
)
export type GraphNode = Static<typeof GraphNode>

/** The answer of `POST /v1/attribution-graphs`. */
export const AttributionGraphResponse = Type.Object(
  {
    model: Type.String(),
    model_sha256: Type.String(),
    nodes: Type.Array(GraphNode, { description: 'The top concept first, then level by level.' }),
    edges: Type.Array(
      Type.Object(
        { source: GraphNode, target: GraphNode, relevance: Figure },
        { title: 'AttributionGraphEdge' },
      ),
      { description: 'From a concept to those below it that it is made of.' },
    ),
    timings: Timings,
  },
  { title: 'AttributionGraphResponse' },
)
export type AttributionGraphResponse = Static<typeof AttributionGraphResponse>

/** An attribution graph request as the worker gets it: every default filled in, nothing null. */
export interface AttributionGraphTask {
  readonly model: string
  readonly input: DecodedAttributionGraph['input']
  readonly composite: CompositeTask
  readonly layer: string
  readonly concept: number
  readonly target?: number | 'predicted'
  readonly width: readonly number[]
  readonly parent?: GraphNode
  readonly abs_norm: boolean
  readonly mode: GraphMode
  readonly layers?: readonly string[]
}

/** The task of a decoded request. */
export function attributionGraphTask(request: DecodedAttributionGraph): AttributionGraphTask {
  const { model, input, layer, concept, target, width, parent, abs_norm, mode, layers } = request
  return {
    model,
    input,
    composite: compositeTask(request.composite),
    layer,
    concept,
    ...(target === undefined ? {} : { target }),
    width: width ?? [4, 2],
    ...(parent === undefined ? {} : { parent }),
    abs_norm: abs_norm ?? true,
    mode: mode ?? 'peer',
    ...(layers === undefined ? {} : { layers }),
  }
}

/**
 * Checks what schemas cannot say: a graph is of one sample.
 * @throws ProblemError `tensor-shape-mismatch`, `image-too-large`
 */
export function checkAttributionGraph({ input }: AttributionGraphTask, limits: RequestLimits): void {
  const problem = imageSize([input], limits, () => '/input')
  if (problem !== undefined) throw problem
  if (!('tensor' in input) || input.tensor.shape[0] === 1) return
  const detail = `[${input.tensor.shape.join(', ')}] is not one sample; the first axis counts samples and must be 1`
  throw problemAt('tensor-shape-mismatch', '/input/tensor/shape', detail)
}
