import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { OnnxError } from '../errors.ts'
import { ModelProtoSchema, NodeProtoSchema } from '../gen/onnx_pb.ts'
import type { ReadLimits } from './limits.ts'

const notOnnx = (why: string): OnnxError => new OnnxError('model-not-onnx', `not an ONNX model: ${why}`)

const truncated = (at: number, needed: number): OnnxError =>
  new OnnxError(
    'model-truncated',
    `the ONNX model ends at byte ${at}, but its content says ${needed} bytes`,
    {
      bytes: at,
      needed,
    },
  )

const fixed32 = new Set([ScalarType.FLOAT, ScalarType.FIXED32, ScalarType.SFIXED32])
const fixed64 = new Set([ScalarType.DOUBLE, ScalarType.FIXED64, ScalarType.SFIXED64])
const int64s = new Set([ScalarType.INT64, ScalarType.UINT64])

function wireTypeOf(field: DescField): WireType {
  const scalar = field.scalar
  if (scalar === undefined || scalar === ScalarType.STRING || scalar === ScalarType.BYTES) {
    return WireType.LengthDelimited
  }
  if (fixed32.has(scalar)) return WireType.Bit32
  return fixed64.has(scalar) ? WireType.Bit64 : WireType.Varint
}

/** The least bytes that one number of a packed field takes. */
const packedSize = (scalar: ScalarType): number => (fixed32.has(scalar) ? 4 : fixed64.has(scalar) ? 8 : 1)

const fieldsByNumber = new Map<DescMessage, ReadonlyMap<number, DescField>>()

function fieldsOf(message: DescMessage): ReadonlyMap<number, DescField> {
  const known = fieldsByNumber.get(message)
  if (known) return known
  const fields = new Map(message.fields.map((field) => [field.number, field]))
  fieldsByNumber.set(message, fields)
  return fields
}

/** Walks the wire format along the schema and decodes nothing, so that the cost is known before it is paid. */
class Scan {
  readonly #reader: BinaryReader
  readonly #limits: ReadLimits
  readonly #counts = { messages: 0, integers: 0, numbers: 0, nodes: 0 }

  constructor(bytes: Uint8Array, limits: ReadLimits) {
    this.#reader = new BinaryReader(bytes)
    this.#limits = limits
  }

  message(type: DescMessage, end: number, depth: number): void {
    if (depth > this.#limits.depth) this.#tooLarge('depth', 'messages inside messages')
    this.#count('messages', 1)
    if (type === NodeProtoSchema) this.#count('nodes', 1)
    while (this.#reader.pos < end) this.field(type, end, depth)
    if (this.#reader.pos !== end) throw notOnnx(`${type.name} runs over its end at byte ${end}`)
  }

  field(type: DescMessage, end: number, depth: number): void {
    const [number, wire] = this.#reader.tag()
    const field = fieldsOf(type).get(number)
    if (field === undefined) this.#reader.skip(wire, number, 16)
    else if (wire === WireType.LengthDelimited) this.#lengthDelimited(field, type, end, depth)
    else if (wire === wireTypeOf(field)) this.#single(field, wire)
    else throw notOnnx(`field ${type.name}.${field.name} has wire type ${wire}`)
  }

  #lengthDelimited(field: DescField, type: DescMessage, end: number, depth: number): void {
    const length = this.#reader.uint32()
    const stop = this.#reader.pos + length
    if (stop > end) throw notOnnx(`field ${type.name}.${field.name} is longer than what holds it`)
    if (field.message) this.message(field.message, stop, depth + 1)
    else if (wireTypeOf(field) === WireType.LengthDelimited) this.#text(field, length)
    else if (field.fieldKind === 'list' && field.scalar !== undefined) this.#packed(field.scalar, length)
    else throw notOnnx(`field ${type.name}.${field.name} has wire type ${WireType.LengthDelimited}`)
    this.#reader.pos = stop
  }

  #text(field: DescField, length: number): void {
    if (field.fieldKind === 'list') this.#count('messages', 1)
    if (field.scalar === ScalarType.STRING && length > this.#limits.stringBytes) {
      this.#tooLarge('stringBytes', `bytes in ${field.name}`)
    }
  }

  #packed(scalar: ScalarType, length: number): void {
    this.#count(int64s.has(scalar) ? 'integers' : 'numbers', Math.ceil(length / packedSize(scalar)))
  }

  #single(field: DescField, wire: WireType): void {
    if (field.fieldKind === 'list') this.#packed(field.scalar ?? ScalarType.INT64, 1)
    this.#reader.skip(wire, field.number)
  }

  #count(what: 'messages' | 'integers' | 'numbers' | 'nodes', by: number): void {
    this.#counts[what] += by
    if (this.#counts[what] > this.#limits[what]) this.#tooLarge(what, what)
  }

  #tooLarge(limit: keyof ReadLimits, what: string): never {
    throw new OnnxError('model-too-large', `the model has more than ${this.#limits[limit]} ${what}`, {
      limit,
      value: this.#limits[limit],
    })
  }
}

/** Where the file's top-level fields end: a model that was cut short shows here, whatever was cut. */
function checkEnds(bytes: Uint8Array): void {
  const reader = new BinaryReader(bytes)
  const fields = fieldsOf(ModelProtoSchema)
  let seen = false
  while (reader.pos < bytes.length) {
    const start = reader.pos
    try {
      const [number, wire] = reader.tag()
      if (!seen && fields.get(number)?.name !== 'ir_version')
        throw notOnnx('it does not begin with an IR version')
      seen = true
      if (wire !== WireType.LengthDelimited) {
        reader.skip(wire, number, 16)
        continue
      }
      const stop = reader.uint32() + reader.pos
      if (stop > bytes.length)
        throw fields.has(number) ? truncated(bytes.length, stop) : notOnnx('unknown content')
      reader.pos = stop
    } catch (error) {
      if (error instanceof RangeError) throw truncated(bytes.length, start + 1)
      throw error
    }
  }
}

/**
 * Checks the bytes of a model before they are decoded: that they are a whole ONNX model, and that decoding them
 * stays within the limits. Throws `model-not-onnx`, `model-truncated` or `model-too-large`.
 */
export function scanModel(bytes: Uint8Array, limits: ReadLimits): void {
  if (bytes.length === 0) throw notOnnx('it is empty')
  try {
    checkEnds(bytes)
    new Scan(bytes, limits).message(ModelProtoSchema, bytes.length, 1)
  } catch (error) {
    if (error instanceof OnnxError) throw error
    throw notOnnx(error instanceof Error ? error.message : String(error))
  }
}
