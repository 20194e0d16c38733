import {
  type BinaryTensor,
  INFERENCE_HEADER_LENGTH,
  type InferenceDatatype,
  type InferenceRequest,
  type InferenceResponse,
  nearest,
  pointer,
  problemAt,
  valuesOf,
} from '@crp-serve/contracts'
import type { FastifyReply } from 'fastify'

/** An output before it is known how it travels: numbers, or elements of BYTES. */
export type Output = BinaryTensor | ByteOutput

export interface ByteOutput {
  readonly shape: readonly number[]
  readonly datatype: 'BYTES'
  readonly elements: readonly Uint8Array[]
  /** How an element stands in JSON: base64, or the text itself. */
  readonly text: 'base64' | 'application/json'
}

/** What of a request decides how its outputs travel. */
export interface Wanted {
  readonly id?: string | null
  readonly parameters?: { readonly binary_data_output?: boolean | null } | null
  readonly outputs?: InferenceRequest['outputs']
}

type Tensor = InferenceResponse['outputs'][number]

/**
 * Refuses names of outputs that there will not be, before anything is computed.
 * @throws ProblemError `validation-failed`
 */
export function checkOutputs({ outputs }: Wanted, known: readonly string[]): void {
  const at = outputs?.findIndex(({ name }) => !known.includes(name)) ?? -1
  if (at < 0) return
  const { name } = outputs![at]!
  const detail = `there is no output "${name}" in this answer; there are ${known.join(', ')}`
  throw problemAt('validation-failed', pointer('outputs', at, 'name'), detail, nearest(name, known))
}

/** The outputs that are asked for, with how they travel where that is said; all by default. */
function select(
  { outputs }: Wanted,
  all: ReadonlyMap<string, Output>,
): [string, Output, boolean | undefined][] {
  if (!outputs) return [...all].map(([name, output]) => [name, output, undefined])
  return outputs.flatMap(({ name, parameters }): [string, Output, boolean | undefined][] => {
    const output = all.get(name)
    return output === undefined ? [] : [[name, output, parameters?.binary_data ?? undefined]]
  })
}

/** Elements of BYTES as bytes: each with its length in front, four bytes, little-endian. */
function packElements(elements: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    elements.flatMap((element) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(element.length)
      return [length, element]
    }),
  )
}

const isBytes = (output: Output): output is ByteOutput => output.datatype === 'BYTES'

const bytesOf = (output: Output): Uint8Array =>
  isBytes(output) ? packElements(output.elements) : output.data

function dataOf(output: Output): NonNullable<Tensor['data']> {
  if (!isBytes(output)) return valuesOf(output)
  return output.elements.map((element) =>
    Buffer.from(element).toString(output.text === 'base64' ? 'base64' : 'utf8'),
  )
}

function described(name: string, output: Output, bytes: Uint8Array | undefined): Tensor {
  const { shape } = output
  const datatype: InferenceDatatype = output.datatype
  if (bytes !== undefined)
    return { name, shape: [...shape], datatype, parameters: { binary_data_size: bytes.length } }
  const parameters = isBytes(output) ? { parameters: { content_type: output.text } } : {}
  return { name, shape: [...shape], datatype, ...parameters, data: dataOf(output) }
}

/**
 * Answers with outputs in their order: as JSON, or as JSON with the bytes of those that are asked for as bytes behind it.
 */
export function sendOutputs(
  reply: FastifyReply,
  wanted: Wanted,
  model: { readonly name: string; readonly version: string },
  outputs: ReadonlyMap<string, Output>,
): FastifyReply {
  const all = wanted.parameters?.binary_data_output ?? false
  const chunks: Uint8Array[] = []
  const tensors = select(wanted, outputs).map(([name, output, binary]) => {
    const bytes = (binary ?? all) ? bytesOf(output) : undefined
    if (bytes !== undefined) chunks.push(bytes)
    return described(name, output, bytes)
  })
  const json: InferenceResponse = {
    model_name: model.name,
    model_version: model.version,
    ...(wanted.id ? { id: wanted.id } : {}),
    outputs: tensors,
  }
  if (chunks.length === 0) return reply.send(json)
  const header = Buffer.from(JSON.stringify(json))
  return reply
    .header(INFERENCE_HEADER_LENGTH, header.length)
    .type('application/octet-stream')
    .send(Buffer.concat([header, ...chunks]))
}

/** One element of BYTES with JSON in it. */
export const jsonOutput = (value: string): ByteOutput => ({
  shape: [1],
  datatype: 'BYTES',
  elements: [Buffer.from(value)],
  text: 'application/json',
})
