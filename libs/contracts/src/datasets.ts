import { type Static, Type } from 'typebox'
import { schemaLimits } from './limits.ts'
import { PageQuery } from './models.ts'
import { Name } from './names.ts'
import { Index, optional, strict } from './schema/fields.ts'

const Classes = optional(
  Type.Array(Type.String({ minLength: 1, maxLength: schemaLimits.labelLength }), {
    minItems: 1,
    uniqueItems: true,
  }),
  {
    description:
      'Names of the model’s outputs in their order. Without it, a class stands for the output whose label is its name, else for the one at its own position.',
  },
)

/** The `metadata` part of an uploaded data set. */
export const DatasetMetadata = strict({ name: Name, classes: Classes }, { title: 'DatasetMetadata' })
export type DatasetMetadata = Static<typeof DatasetMetadata>

/** Where the files of a data set stay. */
export const DatasetPlace = Type.Union(
  [
    strict({
      directory: Type.String({
        minLength: 1,
        maxLength: 4096,
        description: 'Below one of `DATASET_ROOTS`; a relative one is looked for in each of them.',
      }),
    }),
    strict({
      s3: Type.String({
        minLength: 1,
        maxLength: 2048,
        description: '`bucket/prefix` below one of `DATASET_ROOTS`.',
      }),
    }),
  ],
  { title: 'DatasetPlace' },
)
export type DatasetPlace = Static<typeof DatasetPlace>

/** The body of `POST /v1/datasets` for files that stay where they are. */
export const DatasetRequest = strict(
  { name: Name, source: DatasetPlace, classes: Classes },
  { title: 'DatasetRequest' },
)
export type DatasetRequest = Static<typeof DatasetRequest>

/** A registered data set. */
export const Dataset = Type.Object(
  {
    name: Type.String(),
    samples: Type.Integer({ description: 'Number of samples; indices go from 0 to one less.' }),
    classes: Type.Array(Type.String(), { description: 'Names of the classes.' }),
    kind: Type.Enum(['images', 'tensors']),
    labelling: Type.Enum(['names', 'outputs'], {
      description: 'Whether labels are names of classes, or indices of the model’s outputs.',
    }),
    classes_given: Type.Boolean({
      description: 'Whether `classes` was given: positions in it are outputs then.',
    }),
    shape: Type.Optional(
      Type.Array(Type.Integer(), { description: 'Of a tensor, without the sample axis.' }),
    ),
    source: Type.Union([
      Type.Object({ directory: Type.String() }),
      Type.Object({ s3: Type.String() }),
      Type.Object({ upload: Type.Object({ bytes: Type.Integer() }) }),
    ]),
    fingerprint: Type.String({ description: 'Changes with every path, label and content.' }),
    ignored: Type.Integer({ description: 'Files that are no part of the data set.' }),
    created_at: Type.String({ description: 'RFC 3339.' }),
  },
  { title: 'Dataset' },
)
export type Dataset = Static<typeof Dataset>

const nextCursor = Type.Optional(
  Type.String({ description: 'Send it as `cursor` for the next page; absent on the last.' }),
)

/** A page of data sets. */
export const DatasetList = Type.Object(
  { datasets: Type.Array(Dataset), next_cursor: nextCursor },
  { title: 'DatasetList' },
)
export type DatasetList = Static<typeof DatasetList>

/** A sample in a list. */
export const DatasetItem = Type.Object(
  {
    index: Type.Integer(),
    path: Type.String({ description: 'Relative to the data set; `data.npy` for tensors.' }),
    labels: Type.Array(Type.String(), { description: 'Names of its classes.' }),
  },
  { title: 'DatasetItem' },
)
export type DatasetItem = Static<typeof DatasetItem>

/** A page of samples. */
export const DatasetItemList = Type.Object(
  { items: Type.Array(DatasetItem), next_cursor: nextCursor },
  { title: 'DatasetItemList' },
)
export type DatasetItemList = Static<typeof DatasetItemList>

/** Query of the samples of a data set. */
export const DatasetItemsQuery = PageQuery
export type DatasetItemsQuery = Static<typeof DatasetItemsQuery>

/** Path of a sample. */
export const DatasetItemParams = Type.Object({ dataset: Type.String(), index: Index })

/** Query of one sample. */
export const DatasetItemQuery = strict({
  thumbnail: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 2048,
      description: 'Longest side in pixels of a reduced picture (PNG); the file itself by default.',
    }),
  ),
})
export type DatasetItemQuery = Static<typeof DatasetItemQuery>
