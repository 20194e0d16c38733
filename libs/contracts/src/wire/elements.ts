import type { Datatype } from './tensor.ts'

/** How the elements of a datatype lie in bytes. */
interface ElementCodec {
  /** Bytes of one element. */
  readonly size: number
  /** Writes one value; what it cannot hold comes out of `get` changed. */
  readonly set: (view: DataView, offset: number, value: number) => void
  /** Reads one value. */
  readonly get: (view: DataView, offset: number) => number
}

/** Binary16 bits of a number, rounded to nearest even (IEEE 754-2008, section 3.6). */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  const exponent = Math.max(-14, Math.floor(Math.log2(size)))
  // The unit in the last place of this binade; below 2^-14 numbers are subnormal and share one.
  const units = roundHalfEven(size / 2 ** (exponent - 10))
  // A normal number holds its leading bit in `units`, which adds one to the biased exponent.
  return sign | (units + (exponent + 14) * 1024)
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}

/** The number that binary16 bits stand for. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** BigInt of a number; fractions become 0, which the round trip then tells apart. */
const integral = (value: number): bigint => (Number.isInteger(value) ? BigInt(value) : 0n)

/** The codec of every datatype; all little-endian. */
export const elementCodecs: Readonly<Record<Datatype, ElementCodec>> = {
  BOOL: { size: 1, set: (v, o, x) => v.setUint8(o, x), get: (v, o) => v.getUint8(o) },
  INT8: { size: 1, set: (v, o, x) => v.setInt8(o, x), get: (v, o) => v.getInt8(o) },
  INT16: { size: 2, set: (v, o, x) => v.setInt16(o, x, true), get: (v, o) => v.getInt16(o, true) },
  INT32: { size: 4, set: (v, o, x) => v.setInt32(o, x, true), get: (v, o) => v.getInt32(o, true) },
  INT64: {
    size: 8,
    set: (v, o, x) => v.setBigInt64(o, integral(x), true),
    get: (v, o) => Number(v.getBigInt64(o, true)),
  },
  UINT8: { size: 1, set: (v, o, x) => v.setUint8(o, x), get: (v, o) => v.getUint8(o) },
  UINT16: { size: 2, set: (v, o, x) => v.setUint16(o, x, true), get: (v, o) => v.getUint16(o, true) },
  UINT32: { size: 4, set: (v, o, x) => v.setUint32(o, x, true), get: (v, o) => v.getUint32(o, true) },
  UINT64: {
    size: 8,
    set: (v, o, x) => v.setBigUint64(o, integral(x), true),
    get: (v, o) => Number(v.getBigUint64(o, true)),
  },
  FP16: {
    size: 2,
    set: (v, o, x) => v.setUint16(o, halfBits(x), true),
    get: (v, o) => halfValue(v.getUint16(o, true)),
  },
  FP32: { size: 4, set: (v, o, x) => v.setFloat32(o, x, true), get: (v, o) => v.getFloat32(o, true) },
  FP64: { size: 8, set: (v, o, x) => v.setFloat64(o, x, true), get: (v, o) => v.getFloat64(o, true) },
}

/** Bytes of one element of a datatype. */
export const elementBytes = (datatype: Datatype): number => elementCodecs[datatype].size

/** Whether a datatype holds floating-point numbers. */
export const isFloat = (datatype: Datatype): boolean => datatype.startsWith('FP')
