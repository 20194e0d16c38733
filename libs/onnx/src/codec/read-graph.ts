import { invalidModel, type NodeProblem, OnnxError } from '../errors.ts'
import type {
  AttributeProto,
  GraphProto,
  NodeProto,
  StringStringEntryProto,
  ValueInfoProto,
} from '../gen/onnx_pb.ts'
import { float32, int64 } from '../graph/constants.ts'
import type {
  Attribute,
  AttributeValues,
  Constant,
  DeclaredDim,
  Graph,
  Node,
  ValueInfo,
} from '../graph/types.ts'
import { exactInteger, readTensor, type TensorSource } from './read-tensor.ts'
import { attributeKindOf, dataTypeLabel, dataTypeOf } from './wire-types.ts'

/** What the reader collects while it goes on, so that one error can name everything. */
export interface ReadContext {
  readonly source: TensorSource
  readonly problems: string[]
  readonly unsupported: NodeProblem[]
}

const utf8 = new TextDecoder()

/** Key-value pairs of the wire format as a plain record. */
export const recordOf = (entries: readonly StringStringEntryProto[]): Record<string, string> =>
  Object.fromEntries(entries.map((e) => [e.key, e.value]))

type KindReader<K extends keyof AttributeValues> = (
  p: AttributeProto,
  context: ReadContext,
) => AttributeValues[K]

const kindReaders: { readonly [K in keyof AttributeValues]: KindReader<K> } = {
  int: (p) => exactInteger(p.i, `attribute ${p.name}`),
  float: (p) => p.f,
  string: (p) => utf8.decode(p.s),
  ints: (p) => p.ints.map((i) => exactInteger(i, `attribute ${p.name}`)),
  floats: (p) => p.floats,
  strings: (p) => p.strings.map((s) => utf8.decode(s)),
  tensor: (p, context) => {
    if (p.t === undefined) throw invalidModel([`attribute ${p.name} has no tensor`])
    return readTensor(p.t, context.source)
  },
  graph: (p, context) => {
    if (p.g === undefined) throw invalidModel([`attribute ${p.name} has no graph`])
    return readGraph(p.g, context)
  },
}

/** The kind of an attribute; IR version 1 files do not say it and are not read, so `type` must be there. */
function readAttribute(proto: AttributeProto, context: ReadContext): Attribute | string {
  const kind = attributeKindOf(proto.type)
  if (kind === undefined) return `attribute ${proto.name} has kind ${proto.type}`
  if (proto.refAttrName !== '') return `attribute ${proto.name} refers to a function's attribute`
  return { kind, value: kindReaders[kind](proto, context) } as Attribute
}

function readNode(proto: NodeProto, context: ReadContext): Node {
  const { name, opType: op, input: inputs, output: outputs } = proto
  const attributes: [string, Attribute][] = []
  const label = name || outputs[0] || '(no name)'
  for (const p of proto.attribute) {
    const attribute = readAttribute(p, context)
    if (typeof attribute === 'string') context.unsupported.push({ node: label, op, reason: attribute })
    else attributes.push([p.name, attribute])
  }
  const domain = proto.domain === 'ai.onnx' ? '' : proto.domain
  if (domain !== '') context.unsupported.push({ node: label, op, reason: `operator domain ${domain}` })
  const metadata = recordOf(proto.metadataProps)
  return { name, op, domain, inputs, outputs, attributes: Object.fromEntries(attributes), metadata }
}

/** The value of a Constant node: one of six attributes (ONNX operator Constant, versions 1 to 21). */
function constantValue(proto: NodeProto, context: ReadContext): Constant | string {
  const [p] = proto.attribute
  if (p === undefined || proto.attribute.length !== 1) return 'it needs exactly one value'
  switch (p.name) {
    case 'value':
      return p.t === undefined ? 'it has no tensor' : readTensor(p.t, context.source)
    case 'value_int':
      return bigIntegers([p.i], [])
    case 'value_ints':
      return bigIntegers(p.ints, [p.ints.length])
    case 'value_float':
      return float32([p.f], [])
    case 'value_floats':
      return float32(p.floats)
    default:
      return `its value is a ${p.name}`
  }
}

const bigIntegers = (values: readonly bigint[], dims: readonly number[]): Constant => ({
  ...int64([]),
  dims,
  data: { kind: 'inline', bytes: new Uint8Array(BigInt64Array.from(values).buffer) },
})

function readDim(value: {
  readonly case?: string | undefined
  readonly value?: bigint | string | undefined
}): DeclaredDim {
  if (typeof value.value === 'string') return value.value === '' ? null : value.value
  if (value.value === undefined) return null
  const n = exactInteger(value.value, 'a declared axis')
  return n < 0 ? null : n
}

function readValueInfo(proto: ValueInfoProto, context: ReadContext): ValueInfo {
  const type = proto.type?.value
  if (type?.case !== 'tensorType') {
    if (type?.case === undefined) throw invalidModel([`the graph input or output ${proto.name} has no type`])
    throw new OnnxError('model-not-supported', `${proto.name} is a ${type.case}: only tensors are read`, {
      tensor: proto.name,
    })
  }
  const dataType = dataTypeOf(type.value.elemType)
  if (dataType === undefined) {
    const what = dataTypeLabel(type.value.elemType)
    throw new OnnxError(
      'model-not-supported',
      `${proto.name} has elements of type ${what}, which is not read`,
      { tensor: proto.name },
    )
  }
  const dims = type.value.shape?.dim
  if (dims && dims.length > context.source.rank) throw invalidModel([`${proto.name} has ${dims.length} axes`])
  return { name: proto.name, dataType, shape: dims?.map((d) => readDim(d.value)) ?? null }
}

function readInitializers(proto: GraphProto, context: ReadContext): Map<string, Constant> {
  const initializers = new Map<string, Constant>()
  const add = (name: string, constant: Constant): void => {
    if (name === '') context.problems.push('an initializer has no name')
    if (initializers.has(name)) context.problems.push(`two initializers have the name ${name}`)
    initializers.set(name, constant)
  }
  for (const p of proto.initializer) add(p.name, readTensor(p, context.source))
  for (const p of proto.node) {
    if (p.opType !== 'Constant') continue
    const value = constantValue(p, context)
    const node = p.name || p.output[0] || '(no name)'
    if (typeof value === 'string') context.unsupported.push({ node, op: 'Constant', reason: value })
    else add(p.output[0] ?? '', value)
  }
  return initializers
}

/** A graph of the wire format as the intermediate representation. Constant nodes become initializers. */
export function readGraph(proto: GraphProto, context: ReadContext): Graph {
  if (proto.sparseInitializer.length > 0) {
    const tensors = proto.sparseInitializer.map((s) => s.values?.name ?? '')
    throw new OnnxError('model-not-supported', `sparse initializers are not read: ${tensors.join(', ')}`, {
      tensors,
    })
  }
  const initializers = readInitializers(proto, context)
  const inputs = proto.input.filter((p) => !initializers.has(p.name)).map((p) => readValueInfo(p, context))
  const outputs = proto.output.map((p) => readValueInfo(p, context))
  const nodes = proto.node.filter((p) => p.opType !== 'Constant').map((p) => readNode(p, context))
  return { name: proto.name, inputs, outputs, nodes, initializers }
}
