import { create, type MessageInitShape } from '@bufbuild/protobuf'
import {
  type AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type NodeProtoSchema,
  type StringStringEntryProtoSchema,
  TensorProtoSchema,
  type ValueInfoProtoSchema,
} from '../gen/onnx_pb.ts'
import type {
  Attribute,
  AttributeValues,
  Constant,
  DeclaredDim,
  Graph,
  Node,
  ValueInfo,
} from '../graph/types.ts'
import { attributeNumbers, dataTypeNumbers, externalLocation } from './wire-types.ts'

const utf8 = new TextEncoder()

/** A plain record as key-value pairs of the wire format. */
export const entriesOf = (
  record: Readonly<Record<string, string>>,
): MessageInitShape<typeof StringStringEntryProtoSchema>[] =>
  Object.entries(record).map(([key, value]) => ({ key, value }))

/** The wire form of a constant but for its inline bytes. */
export function tensorHeader(
  name: string,
  { dataType, dims, data }: Constant,
): MessageInitShape<typeof TensorProtoSchema> {
  const header = { name, dims: dims.map(BigInt), dataType: dataTypeNumbers[dataType] }
  if (data.kind === 'inline') return header
  const { location, offset, length } = data
  const externalData = entriesOf({ location, offset: String(offset), length: String(length) })
  return { ...header, externalData, dataLocation: externalLocation }
}

function wholeTensor(name: string, constant: Constant): MessageInitShape<typeof TensorProtoSchema> {
  const header = tensorHeader(name, constant)
  return constant.data.kind === 'inline' ? { ...header, rawData: plain(constant.data.bytes) } : header
}

/** The bytes under the array type that the generated code asks for; no copy. */
const plain = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>

type AttributeInit = MessageInitShape<typeof AttributeProtoSchema>

const valueFields: { readonly [K in keyof AttributeValues]: (value: AttributeValues[K]) => AttributeInit } = {
  int: (i) => ({ i: BigInt(i) }),
  float: (f) => ({ f }),
  string: (s) => ({ s: utf8.encode(s) }),
  ints: (ints) => ({ ints: ints.map(BigInt) }),
  floats: (floats) => ({ floats: [...floats] }),
  strings: (strings) => ({ strings: strings.map((s) => utf8.encode(s)) }),
  tensor: (constant) => ({ t: wholeTensor('', constant) }),
  graph: (graph) => ({ g: writeWholeGraph(graph) }),
}

function writeAttribute(name: string, { kind, value }: Attribute): AttributeInit {
  const field = valueFields[kind] as (value: unknown) => AttributeInit
  return { name, type: attributeNumbers[kind], ...field(value) }
}

function writeNode(node: Node): MessageInitShape<typeof NodeProtoSchema> {
  return {
    name: node.name,
    opType: node.op,
    domain: node.domain,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, a]) => writeAttribute(name, a)),
    metadataProps: entriesOf(node.metadata),
  }
}

type DimInit =
  | { readonly value: { case: 'dimValue'; value: bigint } | { case: 'dimParam'; value: string } }
  | object

function writeDim(d: DeclaredDim): DimInit {
  if (d === null) return {}
  if (typeof d === 'string') return { value: { case: 'dimParam', value: d } }
  return { value: { case: 'dimValue', value: BigInt(d) } }
}

function writeValueInfo({ name, dataType, shape }: ValueInfo): MessageInitShape<typeof ValueInfoProtoSchema> {
  const elemType = dataTypeNumbers[dataType]
  const value = shape === null ? { elemType } : { elemType, shape: { dim: shape.map(writeDim) } }
  return { name, type: { value: { case: 'tensorType', value } } }
}

/** The wire form of a graph without its initializers. */
export const writeGraph = (graph: Graph): GraphProto =>
  create(GraphProtoSchema, {
    name: graph.name,
    node: graph.nodes.map(writeNode),
    input: graph.inputs.map(writeValueInfo),
    output: graph.outputs.map(writeValueInfo),
  })

function writeWholeGraph(graph: Graph): MessageInitShape<typeof GraphProtoSchema> {
  const initializer = [...graph.initializers].map(([name, constant]) => wholeTensor(name, constant))
  return { ...writeGraph(graph), initializer: initializer.map((t) => create(TensorProtoSchema, t)) }
}
