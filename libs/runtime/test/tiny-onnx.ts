/** Writes small ONNX models, byte by byte: field numbers of onnx.proto3, wire format of protobuf. */

export interface TinyNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Integer-list attributes. */
  readonly ints?: Readonly<Record<string, readonly number[]>>
}

export interface TinyValue {
  readonly name: string
  /** Symbolic where it is a string. */
  readonly dims: readonly (number | string)[]
  /** TensorProto.DataType; FLOAT (1) by default. */
  readonly type?: number
}

export interface TinyModel {
  readonly inputs: readonly TinyValue[]
  readonly outputs: readonly TinyValue[]
  readonly nodes: readonly TinyNode[]
  readonly constants?: Readonly<Record<string, TinyConstant>>
}

export interface TinyConstant {
  readonly dims: readonly number[]
  /** The values, or the name of a file of float32 beside the model. */
  readonly data: Float32Array | BigInt64Array | string
}

export function onnxBytes(model: TinyModel): Buffer {
  const constants = Object.entries(model.constants ?? {})
  const graph = Buffer.concat([
    ...model.nodes.map((node) => chunk(1, nodeBytes(node))),
    text(2, 'tiny'),
    ...constants.map(([name, constant]) => chunk(5, constantBytes(name, constant))),
    ...model.inputs.map((value) => chunk(11, valueBytes(value))),
    ...model.outputs.map((value) => chunk(12, valueBytes(value))),
  ])
  return Buffer.concat([integer(1, 8), chunk(8, [integer(2, 13)]), chunk(7, [graph])])
}

function constantBytes(name: string, { dims, data }: TinyConstant): Buffer[] {
  const head = [
    ...dims.map((dim) => integer(1, dim)),
    integer(2, data instanceof BigInt64Array ? 7 : 1),
    text(8, name),
  ]
  if (typeof data === 'string')
    return [...head, chunk(13, [text(1, 'location'), text(2, data)]), integer(14, 1)]
  return [...head, chunk(9, [Buffer.from(data.buffer, data.byteOffset, data.byteLength)])]
}

function nodeBytes(node: TinyNode): Buffer[] {
  return [
    ...node.inputs.map((name) => text(1, name)),
    ...node.outputs.map((name) => text(2, name)),
    text(4, node.op),
    ...Object.entries(node.ints ?? {}).map(([name, values]) =>
      chunk(5, [text(1, name), ...values.map((value) => integer(8, value)), integer(20, 7)]),
    ),
  ]
}

function valueBytes(value: TinyValue): Buffer[] {
  const dims = value.dims.map((dim) => chunk(1, [typeof dim === 'number' ? integer(1, dim) : text(2, dim)]))
  return [text(1, value.name), chunk(2, [chunk(1, [integer(1, value.type ?? 1), chunk(2, dims)])])]
}

function integer(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)])
}

function text(field: number, value: string): Buffer {
  return chunk(field, [Buffer.from(value)])
}

function chunk(field: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body])
}

function varint(value: number): Buffer {
  const bytes = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}
