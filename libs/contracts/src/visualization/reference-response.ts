import { type Static, Type } from 'typebox'
import { Figure } from '../schema/fields.ts'
import { ReferenceMode } from './manifest.ts'

const Label = Type.Union([Type.String(), Type.Null()], {
  description: 'Name of the class; null where the model has no labels.',
})

/** A sample that a concept was found in. */
export const ReferenceSample = Type.Object(
  {
    rank: Type.Integer({ description: '0 is the highest value.' }),
    dataset_index: Type.Integer(),
    label: Label,
    classes: Type.Array(Type.Integer(), { description: 'Classes of the sample in the data set.' }),
    value: Figure,
    neuron: Type.Integer({ description: 'Flat position of the strongest neuron, row-major.' }),
    receptive_field: Type.Union([Type.Array(Type.Integer()), Type.Null()], {
      description:
        '[x0, y0, x1, y1] of the neuron in pixels of the model input, half-open and clipped; null where the input is no image.',
    }),
    image_url: Type.String(),
    sample_url: Type.String(),
  },
  { title: 'ReferenceSample' },
)
export type ReferenceSample = Static<typeof ReferenceSample>

/** The references of one concept. */
export const ConceptReferences = Type.Object(
  { concept: Type.Integer(), references: Type.Array(ReferenceSample) },
  { title: 'ConceptReferences' },
)
export type ConceptReferences = Static<typeof ConceptReferences>

const source = {
  feature_visualization: Type.String({ description: 'Id of the run.' }),
  model: Type.String(),
  dataset: Type.String(),
  layer: Type.String({ description: 'The canonical name.' }),
  mode: ReferenceMode,
}

const referenced = {
  ...source,
  target: Type.Optional(Type.Integer({ description: 'The class whose samples alone were ranked.' })),
}

/** The answer of `GET /v1/references`: one concept, or a list of them where the query names several. */
export const ReferenceList = Type.Union(
  [
    Type.Object({ ...referenced, concept: Type.Integer(), references: Type.Array(ReferenceSample) }),
    Type.Object({ ...referenced, concepts: Type.Array(ConceptReferences) }),
  ],
  { title: 'ReferenceList' },
)
export type ReferenceList = Static<typeof ReferenceList>

/** The answer of `GET /v1/statistics`. */
export const StatisticsList = Type.Object(
  {
    ...source,
    concept: Type.Integer(),
    statistics: Type.Array(
      Type.Object({ target: Type.Integer(), label: Label, value: Figure }, { title: 'TargetStatistics' }),
      { description: 'Classes by the mean of their highest values, the highest first.' },
    ),
  },
  { title: 'StatisticsList' },
)
export type StatisticsList = Static<typeof StatisticsList>
