import { type Static, Type } from 'typebox'
import { schemaLimits } from '../limits.ts'
import { Index, strict } from '../schema/fields.ts'

/** Element types, named as the Open Inference Protocol names them. */
export const Datatype = Type.Enum(
  ['BOOL', 'INT8', 'INT16', 'INT32', 'INT64', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'FP16', 'FP32', 'FP64'],
  { title: 'Datatype' },
)
export type Datatype = Static<typeof Datatype>

const Shape = Type.Array(Index, { maxItems: schemaLimits.tensorRank, description: 'Sizes of the axes.' })

/** A tensor of a request: flat row-major values, or little-endian row-major bytes as base64. */
export const Tensor = Type.Union(
  [
    strict({
      shape: Shape,
      datatype: Datatype,
      data: Type.Array(Type.Union([Type.Number(), Type.Boolean()]), { description: 'Flat, row-major.' }),
    }),
    strict({
      shape: Shape,
      datatype: Datatype,
      base64: Type.String({ description: 'Little-endian bytes, row-major.' }),
    }),
  ],
  { title: 'Tensor' },
)
export type Tensor = Static<typeof Tensor>

/** A tensor of an answer: as `Tensor`, but a value that is not finite is null in `data`. */
export const ResultTensor = Type.Union(
  [
    Type.Object({
      shape: Shape,
      datatype: Datatype,
      data: Type.Array(Type.Union([Type.Number(), Type.Boolean(), Type.Null()]), {
        description: 'Flat, row-major; null where a value is not finite.',
      }),
    }),
    Type.Object({
      shape: Shape,
      datatype: Datatype,
      base64: Type.String({ description: 'Little-endian bytes, row-major.' }),
    }),
  ],
  { title: 'ResultTensor' },
)
export type ResultTensor = Static<typeof ResultTensor>

/** A tensor between gateway and worker: `data` holds the little-endian bytes, row-major. */
export interface BinaryTensor {
  readonly shape: readonly number[]
  readonly datatype: Datatype
  readonly data: Uint8Array
}

/** Number of elements of a shape; 1 for a scalar. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1)
