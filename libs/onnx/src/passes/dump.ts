import { elementBytes, elementCount } from '../graph/constants.ts'
import type {
  Attribute,
  Constant,
  DeclaredDim,
  Graph,
  Model,
  Node,
  TensorType,
  ValueInfo,
} from '../graph/types.ts'
import { formatDim } from '../infer/dims.ts'

/** Lists longer than this are cut. */
const maxListed = 16

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 ** 2 ? `${+(bytes / 1024).toFixed(1)} KiB` : `${+(bytes / 1024 ** 2).toFixed(1)} MiB`
}

function formatConstant({ dataType, dims, data }: Constant): string {
  const size = formatBytes(elementCount(dims) * elementBytes[dataType])
  const where = data.kind === 'external' ? ` in ${data.location} at ${data.offset}` : ''
  return `${dataType}[${dims.join(',')}] (${size}${where})`
}

function formatList(values: readonly (number | string)[]): string {
  const listed = values
    .slice(0, maxListed)
    .map((v) => (typeof v === 'string' ? JSON.stringify(v) : String(+v.toPrecision(7))))
  return `[${listed.join(',')}${values.length > maxListed ? `,… ${values.length} values` : ''}]`
}

function formatAttribute({ kind, value }: Attribute): string {
  switch (kind) {
    case 'int':
      return String(value)
    case 'float':
      return Number.isInteger(value) ? value.toFixed(1) : String(+value.toPrecision(7))
    case 'string':
      return JSON.stringify(value)
    case 'ints':
    case 'floats':
    case 'strings':
      return formatList(value)
    case 'tensor':
      return formatConstant(value)
    case 'graph':
      return `graph ${value.name} of ${value.nodes.length} nodes`
  }
}

function formatAttributes(node: Node): string {
  const list = Object.entries(node.attributes).map(([name, a]) => `${name}=${formatAttribute(a)}`)
  return list.length === 0 ? '' : ` {${list.sort().join(', ')}}`
}

const formatType = ({ dataType, shape }: TensorType): string =>
  `${dataType}[${shape.map(formatDim).join(',')}]`

const formatDeclared = (dims: readonly DeclaredDim[] | null): string =>
  dims === null ? '[...]' : `[${dims.map((d) => d ?? '?').join(',')}]`

const formatValueInfo = ({ name, dataType, shape }: ValueInfo): string =>
  `${name}: ${dataType}${formatDeclared(shape)}`

function formatNode(node: Node, types: ReadonlyMap<string, TensorType>): string {
  const op = node.domain === '' ? node.op : `${node.domain}.${node.op}`
  const names = (list: readonly string[]): string => list.map((name) => name || '-').join(', ')
  const call = `${names(node.outputs)} = ${op}(${names(node.inputs)})${formatAttributes(node)}`
  const shapes = node.outputs.flatMap((name) => types.get(name) ?? []).map(formatType)
  return shapes.length === 0 ? call : `${call} : ${shapes.join(', ')}`
}

function formatGraph(graph: Graph, types: ReadonlyMap<string, TensorType>): string[] {
  return [
    ...graph.inputs.map((i) => `input ${formatValueInfo(i)}`),
    ...[...graph.initializers].map(([name, c]) => `constant ${name}: ${formatConstant(c)}`),
    ...graph.nodes.map((node) => formatNode(node, types)),
    ...graph.outputs.map((o) => `output ${formatValueInfo(o)}`),
  ]
}

/**
 * A model as text for people, one line for each input, constant, node and output:
 * `outputs = Op(inputs) {attributes} : shapes`. Shapes are shown for the tensors in `types`.
 */
export function dump(model: Model, types: ReadonlyMap<string, TensorType> = new Map()): string {
  const opsets = Object.entries(model.opsets).map(([domain, version]) => `${domain || 'ai.onnx'} ${version}`)
  const head = `model ${model.graph.name}: IR ${model.irVersion}, ${opsets.join(', ')}, by ${model.producer || 'unknown'}`
  return `${[head, ...formatGraph(model.graph, types)].join('\n')}\n`
}
