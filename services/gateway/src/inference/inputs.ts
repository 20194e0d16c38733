import {
  type AttributionTask,
  type BinaryTensor,
  decodeBase64,
  decodeTensor,
  elementCount,
  type InferenceInput,
  type Model,
  nearest,
  problemAt,
  tensorOfBytes,
  toFloat32,
} from '@crp-serve/contracts'
import { flatten } from './nested.ts'

type Inputs = AttributionTask['inputs']

/** Where the only input stands in the request. */
const at = '/inputs/0'

/**
 * What an inference is about, as the worker takes it: one tensor, or an image for each element of BYTES.
 * @param binary the bytes behind the JSON
 * @throws ProblemError `validation-failed` (name, or where the values are), `tensor-malformed`, `tensor-not-finite`,
 *   `tensor-type-mismatch`, `image-not-supported`
 */
export function inferenceInputs(input: InferenceInput, binary: Uint8Array, model: Model): Inputs {
  checkName(input.name, model)
  const bytes = ownBytes(input, binary)
  if (input.datatype === 'BYTES') return images(input, bytes).map((image) => ({ image }))
  return [{ tensor: toFloat32(numbers(input, bytes), `${at}/data`) }]
}

function checkName(name: string, { inputs }: Model): void {
  const names = inputs.map((input) => input.name)
  if (name === names[0]) return
  const known = names.map((one) => `"${one}"`).join(', ')
  throw problemAt(
    'validation-failed',
    `${at}/name`,
    `the model has no input "${name}"; it has ${known}`,
    nearest(name, names),
  )
}

/** The bytes of the input, or undefined where its values stand in the JSON. */
function ownBytes({ data, parameters }: InferenceInput, binary: Uint8Array): Uint8Array | undefined {
  const size = parameters?.binary_data_size ?? undefined
  if (size === undefined) {
    if (!data)
      throw problemAt(
        'validation-failed',
        `${at}/data`,
        'is required where the tensor does not come as bytes',
      )
    if (binary.length === 0) return undefined
    throw problemAt(
      'tensor-malformed',
      at,
      `${binary.length} bytes follow the JSON, but no \`binary_data_size\` speaks of them`,
    )
  }
  if (data)
    throw problemAt('validation-failed', `${at}/data`, 'must be absent where `binary_data_size` is given')
  if (size === binary.length) return binary
  const detail = `is ${size}, but ${binary.length} bytes follow the JSON`
  throw problemAt('tensor-malformed', `${at}/parameters/binary_data_size`, detail)
}

function numbers({ shape, datatype, data, parameters }: InferenceInput, bytes?: Uint8Array): BinaryTensor {
  if (datatype === 'BYTES') throw new Error('BYTES are no numbers')
  if (parameters?.content_type === 'base64')
    throw problemAt(
      'validation-failed',
      `${at}/parameters/content_type`,
      '"base64" goes with the datatype BYTES only',
    )
  if (bytes !== undefined) return tensorOfBytes(shape, datatype, bytes, at)
  return decodeTensor({ shape, datatype, data: flatten(data ?? [], shape, `${at}/data`) }, at)
}

function images({ shape, data }: InferenceInput, bytes?: Uint8Array): Uint8Array[] {
  const count = elementCount(shape)
  const found = bytes === undefined ? base64Images((data ?? []).flat(shape.length)) : elements(bytes)
  if (found.length === count) return found
  throw problemAt('tensor-malformed', at, `has ${found.length} elements where the shape needs ${count}`)
}

const base64Images = (texts: readonly unknown[]): Uint8Array[] =>
  texts.map((text, i) => {
    const bytes = typeof text === 'string' ? decodeBase64(text) : undefined
    if (bytes !== undefined) return bytes
    throw problemAt(
      'image-not-supported',
      `${at}/data/${i}`,
      'must be an image file as base64 (RFC 4648, padded)',
    )
  })

/** Elements of BYTES: each has its length in front, four bytes, little-endian. */
function elements(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found: Uint8Array[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = start + 4 <= bytes.length ? start + 4 + view.getUint32(start, true) : Number.POSITIVE_INFINITY
    if (end > bytes.length)
      throw problemAt(
        'tensor-malformed',
        at,
        `element ${found.length} of BYTES ends behind the end of the body`,
      )
    found.push(bytes.subarray(start + 4, end))
    start = end
  }
  return found
}
