import { type Static, type TSchema, Type } from 'typebox'
import { problemAt } from '../errors/problem.ts'
import { schemaLimits } from '../limits.ts'
import { Name } from '../names.ts'
import { Index, strict } from '../schema/fields.ts'
import { convertQuery } from '../schema/query.ts'
import { validate } from '../schema/validate.ts'
import type { ReferenceMode } from './manifest.ts'
import { type PictureTask, pictureFields, pictureTask } from './picture.ts'

/** Where findings about a field of a query point to. */
export const queryPointer = (field: string): string => `/querystring/${field}`

/** Which run, layer and ranking a query is about. */
const scope = {
  model: Type.Optional(Name),
  feature_visualization: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'Id of the run; without it, the newest finished run of `model`.',
    }),
  ),
  layer: Type.String({ minLength: 1, maxLength: 1024 }),
  mode: Type.Optional(
    Type.Enum(['relevance', 'activation'], {
      default: 'relevance',
      description: 'Samples that maximise the relevance (RelMax) or the activation (ActMax) of a concept.',
    }),
  ),
}

const target = Type.Optional(
  Type.Integer({
    minimum: 0,
    description: 'Only among the samples of this class (the statistics of the run).',
  }),
)

const Concepts = Type.String({
  pattern: '^[0-9]{1,9}(,[0-9]{1,9}){0,255}$',
  description: 'A channel of the layer, or several, separated by commas.',
})

const range = {
  from: Type.Optional(Type.Integer({ minimum: 0, default: 0, description: 'The first rank.' })),
  to: Type.Optional(
    Type.Integer({ minimum: 1, maximum: schemaLimits.top, default: 8, description: 'Behind the last rank.' }),
  ),
}

/** The query of `GET /v1/references`. */
export const ReferenceQuery = strict({
  ...scope,
  concept: Concepts,
  target,
  ...range,
  ...pictureFields,
  links: Type.Optional(
    Type.Enum(['service', 'presigned'], {
      default: 'service',
      description: 'Where `image_url` leads: to this service, or to the S3 store itself for a while.',
    }),
  ),
})
export type ReferenceQuery = Static<typeof ReferenceQuery>

/** The query of `GET /v1/references/image`. */
export const ReferenceImageQuery = strict({
  ...scope,
  concept: Index,
  target,
  rank: Index,
  ...pictureFields,
})
export type ReferenceImageQuery = Static<typeof ReferenceImageQuery>

/** The query of `GET /v1/references/grid`. */
export const ReferenceGridQuery = strict({
  ...scope,
  concept: Concepts,
  target,
  ...range,
  ...pictureFields,
})
export type ReferenceGridQuery = Static<typeof ReferenceGridQuery>

/** The query of `GET /v1/statistics`. */
export const StatisticsQuery = strict({
  ...scope,
  concept: Index,
  top: Type.Optional(
    Type.Integer({ minimum: 1, maximum: schemaLimits.top, default: 5, description: 'Number of classes.' }),
  ),
  mean_of: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: schemaLimits.top,
      default: 10,
      description: 'A class counts by the mean of this many of its highest values.',
    }),
  ),
  norm: Type.Optional(
    Type.Boolean({ default: false, description: 'Divide by the value of the first class.' }),
  ),
})
export type StatisticsQuery = Static<typeof StatisticsQuery>

/**
 * A query as its schema has it: texts that look like numbers or truth values become them.
 * @throws ProblemError `validation-failed` with pointers below `/querystring`
 */
export const readQuery = <T extends TSchema>(schema: T, query: unknown): Static<T> =>
  validate(schema, convertQuery(schema, query), '/querystring')

/** Which ranking of which run; `run` is null for the newest of the model. */
export interface ScopeTask {
  readonly model: string | null
  readonly run: string | null
  readonly layer: string
  readonly mode: ReferenceMode
}

/** What references are asked for, every default filled in. */
export interface ReferenceTask extends ScopeTask {
  readonly concepts: readonly number[]
  /** Whether the query named a list. */
  readonly several: boolean
  readonly target: number | null
  /** Half-open. */
  readonly ranks: readonly [from: number, to: number]
  readonly picture: PictureTask
  readonly presigned: boolean
}

/** Which statistics are asked for, every default filled in. */
export interface StatisticsTask extends ScopeTask {
  readonly concept: number
  readonly top: number
  readonly meanOf: number
  readonly norm: boolean
}

type Scope = Pick<ReferenceQuery, 'model' | 'feature_visualization' | 'layer' | 'mode'>

function scopeTask({ model, feature_visualization, layer, mode = 'relevance' }: Scope): ScopeTask {
  if (model === undefined && feature_visualization === undefined)
    throw problemAt('validation-failed', queryPointer('model'), 'is required, or feature_visualization is')
  return { model: model ?? null, run: feature_visualization ?? null, layer, mode }
}

/** @throws ProblemError `validation-failed` */
function checkedRange(from: number, to: number): readonly [number, number] {
  if (from < to) return [from, to]
  throw problemAt('validation-failed', queryPointer('to'), `must be greater than \`from\`, which is ${from}`)
}

/**
 * The task of a query for references or a grid of them.
 * @throws ProblemError `validation-failed`, `render-invalid`
 */
export function referenceTask(query: ReferenceQuery | ReferenceGridQuery): ReferenceTask {
  const { from = 0, to = Math.max(8, from + 1), target } = query
  const concepts = query.concept.split(',').map(Number)
  return {
    ...scopeTask(query),
    concepts,
    several: concepts.length > 1,
    target: target ?? null,
    ranks: checkedRange(from, to),
    picture: pictureTask(query),
    presigned: 'links' in query && query.links === 'presigned',
  }
}

/**
 * The task of a query for one picture.
 * @throws ProblemError `validation-failed`, `render-invalid`
 */
export const referenceImageTask = (query: ReferenceImageQuery): ReferenceTask => ({
  ...scopeTask(query),
  concepts: [query.concept],
  several: false,
  target: query.target ?? null,
  ranks: [query.rank, query.rank + 1],
  picture: pictureTask(query),
  presigned: false,
})

/** The task of a query for statistics. @throws ProblemError `validation-failed` */
export const statisticsTask = (query: StatisticsQuery): StatisticsTask => ({
  ...scopeTask(query),
  concept: query.concept,
  top: query.top ?? 5,
  meanOf: query.mean_of ?? 10,
  norm: query.norm ?? false,
})
