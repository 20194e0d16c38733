import type { AttributeValues, DataType } from '../graph/types.ts'

/** `TensorProto.DataType` of the ONNX IR specification for the element types of this project. */
export const dataTypeNumbers: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
}

const dataTypeNames = new Map(Object.entries(dataTypeNumbers).map(([name, n]) => [n, name as DataType]))

/** Names of the element types that are refused, for messages. */
const otherDataTypes: Readonly<Record<number, string>> = {
  0: 'undefined',
  14: 'complex64',
  15: 'complex128',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
  24: 'float8e8m0',
  25: 'uint2',
  26: 'int2',
}

/** The element type with a number of the wire format; undefined where this project does not read it. */
export const dataTypeOf = (n: number): DataType | undefined => dataTypeNames.get(n)

/** A readable name of any element type number. */
export const dataTypeLabel = (n: number): string =>
  dataTypeNames.get(n) ?? otherDataTypes[n] ?? `element type ${n}`

/** `AttributeProto.AttributeType` of the ONNX IR specification for the attribute kinds of this project. */
export const attributeNumbers: Readonly<Record<keyof AttributeValues, number>> = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
}

const attributeKinds = new Map(
  Object.entries(attributeNumbers).map(([kind, n]) => [n, kind as keyof AttributeValues]),
)

/** The attribute kind with a number of the wire format; undefined where this project does not read it. */
export const attributeKindOf = (n: number): keyof AttributeValues | undefined => attributeKinds.get(n)

/** `TensorProto.DataLocation`: the bytes stand in a file beside the model. */
export const externalLocation = 1
