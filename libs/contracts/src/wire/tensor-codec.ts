import { problemAt } from '../errors/problem.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { elementCodecs, isFloat } from './elements.ts'
import { type BinaryTensor, type Datatype, elementCount, type ResultTensor, type Tensor } from './tensor.ts'

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/**
 * Reads a tensor of a request into bytes.
 * @param at JSON pointer of the tensor
 * @throws ProblemError `tensor-malformed` (invalid base64, wrong number of values or bytes, a value that the
 *   datatype cannot hold), `tensor-not-finite` (NaN, infinite or overflowing)
 */
export function decodeTensor(tensor: Tensor, at: string): BinaryTensor {
  const { shape, datatype } = tensor
  const count = elementCount(shape)
  const data =
    'data' in tensor
      ? packValues(tensor.data, datatype, count, `${at}/data`)
      : readBytes(tensor.base64, datatype, count, `${at}/base64`)
  return { shape, datatype, data }
}

function packValues(
  values: readonly (number | boolean)[],
  datatype: Datatype,
  count: number,
  at: string,
): Uint8Array {
  if (values.length !== count)
    throw problemAt('tensor-malformed', at, `has ${values.length} values where the shape needs ${count}`)
  const { size, set, get } = elementCodecs[datatype]
  const bytes = new Uint8Array(count * size)
  const view = viewOf(bytes)
  values.forEach((given, i) => {
    const value = Number(given)
    set(view, i * size, value)
    const held = get(view, i * size)
    if (isFloat(datatype) ? !Number.isFinite(held) : held !== value)
      throw problemAt(
        isFloat(datatype) ? 'tensor-not-finite' : 'tensor-malformed',
        `${at}/${i}`,
        `${value} cannot be held by ${datatype}`,
      )
  })
  return bytes
}

function readBytes(base64: string, datatype: Datatype, count: number, at: string): Uint8Array {
  const bytes = decodeBase64(base64)
  if (bytes === undefined) throw problemAt('tensor-malformed', at, 'is not valid base64 (RFC 4648, padded)')
  checkBytes(bytes, datatype, count, at)
  return bytes
}

/**
 * A tensor of a request over its little-endian bytes, row-major.
 * @param at JSON pointer for errors
 * @throws ProblemError `tensor-malformed` (wrong number of bytes), `tensor-not-finite`
 */
export function tensorOfBytes(
  shape: readonly number[],
  datatype: Datatype,
  data: Uint8Array,
  at: string,
): BinaryTensor {
  checkBytes(data, datatype, elementCount(shape), at)
  return { shape, datatype, data }
}

function checkBytes(bytes: Uint8Array, datatype: Datatype, count: number, at: string): void {
  const { size } = elementCodecs[datatype]
  if (bytes.length !== count * size)
    throw problemAt(
      'tensor-malformed',
      at,
      `has ${bytes.length} bytes where ${datatype} of the shape needs ${count * size}`,
    )
  if (!isFloat(datatype)) return
  const position = notFinite({ shape: [count], datatype, data: bytes })
  if (position >= 0) throw problemAt('tensor-not-finite', at, `element ${position} is not finite`)
}

/** Flat position of the first element of a float tensor that is NaN or infinite; -1 where there is none. */
function notFinite(tensor: BinaryTensor): number {
  const { shape, datatype, data } = tensor
  if (datatype === 'FP32' && data.byteOffset % 4 === 0)
    return firstNotFinite(new Float32Array(data.buffer, data.byteOffset, data.length / 4))
  const { size, get } = elementCodecs[datatype]
  const view = viewOf(data)
  for (let i = 0; i < elementCount(shape); i++) if (!Number.isFinite(get(view, i * size))) return i
  return -1
}

/** Position of the first value that is NaN or infinite; -1 where there is none. */
export function firstNotFinite(values: Float32Array): number {
  // Zero times a finite number is zero; anything else makes the sum NaN. A plain loop is many times as fast as a callback.
  let zero = 0
  for (let i = 0; i < values.length; i++) zero += values[i]! * 0
  return zero === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value))
}

/**
 * A tensor with the same values as FP32, the type that models take.
 * @param at JSON pointer for errors
 * @throws ProblemError `tensor-type-mismatch` where FP32 cannot hold a value exactly; nothing is rounded
 */
export function toFloat32({ shape, datatype, data }: BinaryTensor, at: string): BinaryTensor {
  if (datatype === 'FP32') return { shape, datatype, data }
  const { size, get, set } = elementCodecs[datatype]
  const view = viewOf(data)
  const values = new Float32Array(elementCount(shape))
  const back = new Uint8Array(size)
  const backView = viewOf(back)
  for (let i = 0; i < values.length; i++) {
    values[i] = get(view, i * size)
    set(backView, 0, values[i]!)
    for (let byte = 0; byte < size; byte++)
      if (back[byte] !== data[i * size + byte])
        throw problemAt(
          'tensor-type-mismatch',
          at,
          `element ${i}, ${get(view, i * size)}, is not exact in FP32, which the model takes; round it yourself and send FP32`,
        )
  }
  return { shape, datatype: 'FP32', data: new Uint8Array(values.buffer) }
}

/** The values of a tensor, flat; null where one is not finite. */
export function valuesOf({ shape, datatype, data }: BinaryTensor): (number | boolean | null)[] {
  const { size, get } = elementCodecs[datatype]
  const view = viewOf(data)
  return Array.from({ length: elementCount(shape) }, (_, i) => {
    const value = get(view, i * size)
    if (datatype === 'BOOL') return value !== 0
    return Number.isFinite(value) ? value : null
  })
}

/** A tensor as it travels in a JSON answer. */
export function encodeTensor(tensor: BinaryTensor, encoding: 'base64' | 'json'): ResultTensor {
  const { datatype, data } = tensor
  const shape = [...tensor.shape]
  return encoding === 'json'
    ? { shape, datatype, data: valuesOf(tensor) }
    : { shape, datatype, base64: encodeBase64(data) }
}
