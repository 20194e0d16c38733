import { type BinaryTensor, type Encoding, encodeBase64, encodeTensor } from '@crp-serve/contracts'

const isTensor = (value: object): value is BinaryTensor =>
  'datatype' in value && 'data' in value && value.data instanceof Uint8Array

/** A message of the worker as JSON: tensors in the encoding that was asked for, other bytes (PNG) as base64. */
export function present(value: unknown, encoding: Encoding): unknown {
  if (value instanceof Uint8Array) return encodeBase64(value)
  if (Array.isArray(value)) return value.map((item) => present(item, encoding))
  if (typeof value !== 'object' || value === null) return value
  if (isTensor(value)) return encodeTensor(value, encoding)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, present(item, encoding)]))
}
