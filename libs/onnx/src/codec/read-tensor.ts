import { OnnxError } from '../errors.ts'
import type { TensorProto } from '../gen/onnx_pb.ts'
import { elementBytes, elementCount } from '../graph/constants.ts'
import type { Constant, DataType, TensorBytes } from '../graph/types.ts'
import { checkLocation, type ExternalFiles, externalBytes } from './external.ts'
import { dataTypeLabel, dataTypeOf, externalLocation } from './wire-types.ts'

/** How the reader treats tensors: where external bytes come from, and how many axes are allowed. */
export interface TensorSource {
  /** Files beside the model; 'keep' leaves the references in place. */
  readonly external: ExternalFiles | 'keep' | undefined
  readonly rank: number
}

const invalid = (message: string): OnnxError =>
  new OnnxError('model-invalid', message, { problems: [message] })

/** A 64-bit integer as a number. Throws `model-not-supported` beyond 2^53. */
export function exactInteger(value: bigint, where: string): number {
  const n = Number(value)
  if (Number.isSafeInteger(n)) return n
  throw new OnnxError('model-not-supported', `${where} is ${value}: integers beyond 2^53 are not read`)
}

function dimsOf(proto: TensorProto, rank: number): number[] {
  if (proto.dims.length > rank) throw invalid(`tensor ${proto.name} has ${proto.dims.length} axes`)
  const dims = proto.dims.map((d) => exactInteger(d, `an axis of tensor ${proto.name}`))
  if (dims.some((d) => d < 0)) throw invalid(`tensor ${proto.name} has negative axes: ${dims.join('x')}`)
  if (!Number.isSafeInteger(elementCount(dims.map((d) => Math.max(d, 1))))) {
    throw invalid(`tensor ${proto.name} has impossible axes: ${dims.join('x')}`)
  }
  return dims
}

const viewOf = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

type TypedField = (proto: TensorProto) => Uint8Array

/** Which typed field holds the numbers of an element type when they are not raw bytes (ONNX IR, TensorProto). */
const typedFields: Readonly<Record<Exclude<DataType, 'string'>, TypedField>> = {
  float32: (p) => viewOf(Float32Array.from(p.floatData)),
  float64: (p) => viewOf(Float64Array.from(p.doubleData)),
  int64: (p) => viewOf(BigInt64Array.from(p.int64Data)),
  uint64: (p) => viewOf(BigUint64Array.from(p.uint64Data)),
  uint32: (p) => viewOf(Uint32Array.from(p.uint64Data, Number)),
  int32: (p) => viewOf(Int32Array.from(p.int32Data)),
  int16: (p) => viewOf(Int16Array.from(p.int32Data)),
  uint16: (p) => viewOf(Uint16Array.from(p.int32Data)),
  float16: (p) => viewOf(Uint16Array.from(p.int32Data)),
  bfloat16: (p) => viewOf(Uint16Array.from(p.int32Data)),
  int8: (p) => viewOf(Int8Array.from(p.int32Data)),
  uint8: (p) => viewOf(Uint8Array.from(p.int32Data)),
  bool: (p) => viewOf(Uint8Array.from(p.int32Data)),
}

function externalData(proto: TensorProto, expected: number, source: TensorSource): TensorBytes {
  const entries = new Map(proto.externalData.map((e) => [e.key, e.value]))
  const location = entries.get('location') ?? ''
  checkLocation(proto.name, location)
  const offset = Number(entries.get('offset') ?? 0)
  const length = Number(entries.get('length') ?? expected)
  if (!Number.isSafeInteger(offset) || offset < 0 || length !== expected) {
    throw invalid(
      `tensor ${proto.name}: external offset ${offset}, length ${length}; ${expected} bytes are needed`,
    )
  }
  const where = { location, offset, length }
  if (source.external === 'keep') return { kind: 'external', ...where }
  return { kind: 'inline', bytes: externalBytes(proto.name, where, source.external) }
}

function inlineData(
  proto: TensorProto,
  dataType: Exclude<DataType, 'string'>,
  expected: number,
): TensorBytes {
  const bytes = proto.rawData.length > 0 ? proto.rawData : typedFields[dataType](proto)
  if (bytes.length !== expected) {
    throw invalid(`tensor ${proto.name} has ${bytes.length} bytes of data, its axes need ${expected}`)
  }
  return { kind: 'inline', bytes: viewOf(bytes) }
}

/**
 * A constant from its wire form. Raw bytes stay views of the file; typed fields are converted to raw bytes.
 * Throws `model-not-supported` for other element types and strings, `model-invalid` where data and axes disagree.
 */
export function readTensor(proto: TensorProto, source: TensorSource): Constant {
  const dataType = dataTypeOf(proto.dataType)
  if (dataType === undefined || dataType === 'string' || proto.segment !== undefined) {
    const what = proto.segment
      ? 'is stored in segments'
      : `has elements of type ${dataTypeLabel(proto.dataType)}`
    throw new OnnxError('model-not-supported', `tensor ${proto.name} ${what}, which is not read`, {
      tensor: proto.name,
    })
  }
  const dims = dimsOf(proto, source.rank)
  const expected = elementCount(dims) * elementBytes[dataType]
  const external = proto.dataLocation === externalLocation
  const data = external ? externalData(proto, expected, source) : inlineData(proto, dataType, expected)
  return { dataType, dims, data }
}
