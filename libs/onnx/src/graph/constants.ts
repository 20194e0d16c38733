import type { Constant, DataType } from './types.ts'

/** Bytes of one element. Strings have no fixed size and count as 0. */
export const elementBytes: Readonly<Record<DataType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
  string: 0,
}

/** Number of elements of a shape; 1 for a scalar. */
export const elementCount = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1)

const bytesOf = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** A float32 constant; `dims` defaults to a vector of the values' length. */
export function float32(values: ArrayLike<number>, dims: readonly number[] = [values.length]): Constant {
  return { dataType: 'float32', dims, data: { kind: 'inline', bytes: bytesOf(Float32Array.from(values)) } }
}

/** An int64 constant; `dims` defaults to a vector of the values' length. */
export function int64(values: readonly number[], dims: readonly number[] = [values.length]): Constant {
  const data = BigInt64Array.from(values, BigInt)
  return { dataType: 'int64', dims, data: { kind: 'inline', bytes: bytesOf(data) } }
}

/** A float32 scalar (no axes). */
export const scalar = (value: number): Constant => float32([value], [])

/** The bytes of an inline constant, aligned copies where the view is not aligned to `size`. */
function aligned(constant: Constant, size: number): Uint8Array {
  if (constant.data.kind === 'external') {
    throw new Error(`the constant's bytes are external (${constant.data.location}): resolve them first`)
  }
  const { bytes } = constant.data
  return bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes)
}

/**
 * Values of an inline float32, float64, or integer constant as numbers, row-major. float32 is a view of the
 * bytes where alignment allows. Throws for external data, float16 and strings.
 */
export function toNumbers(constant: Constant): Float32Array | Float64Array | number[] {
  const b = aligned(constant, 8)
  const n = elementCount(constant.dims)
  switch (constant.dataType) {
    case 'float32':
      return new Float32Array(b.buffer, b.byteOffset, n)
    case 'float64':
      return new Float64Array(b.buffer, b.byteOffset, n)
    case 'int64':
      return Array.from(new BigInt64Array(b.buffer, b.byteOffset, n), Number)
    case 'int32':
      return Array.from(new Int32Array(b.buffer, b.byteOffset, n))
    case 'int16':
      return Array.from(new Int16Array(b.buffer, b.byteOffset, n))
    case 'int8':
      return Array.from(new Int8Array(b.buffer, b.byteOffset, n))
    case 'uint8':
    case 'bool':
      return Array.from(new Uint8Array(b.buffer, b.byteOffset, n))
    case 'uint16':
      return Array.from(new Uint16Array(b.buffer, b.byteOffset, n))
    case 'uint32':
      return Array.from(new Uint32Array(b.buffer, b.byteOffset, n))
    default:
      throw new Error(`constants of type ${constant.dataType} have no plain numbers`)
  }
}
