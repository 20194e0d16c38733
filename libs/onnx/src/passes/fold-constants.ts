import { elementCount } from '../graph/constants.ts'
import type { Constant, DataType, Dim, Model } from '../graph/types.ts'
import { isFixed } from '../infer/dims.ts'
import type { InferredTypes } from '../infer/infer-types.ts'
import { prune } from './extract.ts'

type Whole = Extract<DataType, 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'bool'>

/** How the elements of each followed type are stored. */
const arrays: Readonly<Record<Whole, (values: readonly number[]) => ArrayBufferView>> = {
  bool: (v) => Uint8Array.from(v),
  int8: (v) => Int8Array.from(v),
  int16: (v) => Int16Array.from(v),
  int32: (v) => Int32Array.from(v),
  int64: (v) => BigInt64Array.from(v, BigInt),
  uint8: (v) => Uint8Array.from(v),
  uint16: (v) => Uint16Array.from(v),
  uint32: (v) => Uint32Array.from(v),
}

function constantOf(dataType: Whole, dims: readonly number[], values: readonly number[]): Constant {
  const data = arrays[dataType](values)
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { dataType, dims, data: { kind: 'inline', bytes } }
}

const isWhole = (dataType: DataType): dataType is Whole => Object.hasOwn(arrays, dataType)

function folded(name: string, { types, values }: InferredTypes): Constant | undefined {
  const type = types.get(name)
  const elements: readonly Dim[] | undefined = values.get(name)
  if (type === undefined || !isWhole(type.dataType) || !elements?.every(Number.isSafeInteger))
    return undefined
  const dims = type.shape.filter(isFixed)
  const fits = dims.length === type.shape.length && elementCount(dims) === elements.length
  return fits ? constantOf(type.dataType, dims, elements as readonly number[]) : undefined
}

/**
 * Replaces nodes whose outputs are integers known before run time by initializers, and removes what then is not
 * needed. Requires `types` of this very model; nodes whose values depend on the batch size stay. Graph outputs keep
 * their nodes.
 */
export function foldConstants(model: Model, types: InferredTypes): Model {
  const { graph } = model
  const outputs = new Set(graph.outputs.map((o) => o.name))
  const initializers = new Map(graph.initializers)
  const nodes = graph.nodes.filter((node) => {
    const names = node.outputs.filter((name) => name !== '')
    const constants = names.map((name) => (outputs.has(name) ? undefined : folded(name, types)))
    if (constants.some((c) => c === undefined)) return true
    for (const [i, name] of names.entries()) initializers.set(name, constants[i]!)
    return false
  })
  return { ...model, graph: prune({ ...graph, nodes, initializers }) }
}
