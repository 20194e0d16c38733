import { Type } from 'typebox'
import { schemaLimits } from '../limits.ts'
import { Index, strict } from '../schema/fields.ts'

const Indices = Type.Array(Index)

/** Classes: indices, one index, or the model's own decision for the sample. */
export const ClassSelection = Type.Union([Indices, Index, Type.Enum(['predicted'])], {
  title: 'ClassSelection',
  description: 'Class indices, one index, or "predicted". An empty list blocks everything.',
})
export type ClassSelection = number[] | number | 'predicted'

/** A channel of a layer and the flat positions in it, as {"50": [7, 8]}. */
const Neurons = Type.Unsafe<Record<string, number[]>>({
  type: 'object',
  propertyNames: { type: 'string', pattern: '^(0|[1-9][0-9]{0,8})$' },
  additionalProperties: Indices,
})

const Directions = strict({
  directions: Type.Array(Type.Array(Type.Number(), { minItems: 1 }), {
    minItems: 1,
    maxItems: schemaLimits.directions,
    description: 'One vector per direction, one weight per channel.',
  }),
})

const Ranked = strict({
  top: Type.Integer({
    minimum: 1,
    maximum: schemaLimits.ranked,
    description: 'Number of channels, each of which makes a row of its own.',
  }),
})

/** Concepts of a layer: channels, single neurons, directions in channel space, or the most relevant channels. */
export const ConceptSelection = Type.Union([Indices, Directions, Ranked, Neurons], {
  title: 'ConceptSelection',
  description:
    'Channel indices (an empty list blocks everything), channel -> flat positions, {"directions": [[…], …]}, or {"top": 10}: the most relevant channels of each sample under the rest of the condition, one row for each.',
})
export type ConceptSelection =
  | number[]
  | { directions: number[][] }
  | { top: number }
  | Record<string, number[]>

/** The static type of `Condition`; `y` is told from the layers by its name. */
export interface Condition {
  y?: ClassSelection | null
  [layer: string]: ClassSelection | ConceptSelection | null | undefined
}

/** One explanation asked for: which class, through which concepts of which layers. */
export const Condition = Type.Unsafe<Condition>({
  title: 'Condition',
  type: 'object',
  description: 'Classes under `y`, concepts under the names of layers.',
  properties: { y: Type.Union([ClassSelection, Type.Null()]) },
  additionalProperties: Type.Union([ConceptSelection, Type.Null()]),
})
