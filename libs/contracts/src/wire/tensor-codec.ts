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
  const needed = count * elementCodecs[datatype].size
  if (bytes.length !== needed)
    throw problemAt(
      'tensor-malformed',
      at,
      `has ${bytes.length} bytes where ${datatype} of the shape needs ${needed}`,
    )
  if (isFloat(datatype)) {
    const bad = valuesOf({ shape: [count], datatype, data: bytes }).indexOf(null)
    if (bad >= 0) throw problemAt('tensor-not-finite', at, `element ${bad} is not finite`)
  }
  return bytes
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
