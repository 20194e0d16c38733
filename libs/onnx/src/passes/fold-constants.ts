import { elementCount } from '../graph/constants.ts'
import type { Constant, DataType, Model } from '../graph/types.ts'
import { isFixed } from '../infer/dims.ts'
import type { InferredTypes } from '../infer/infer-types.ts'
import { prune } from './extract.ts'

/** How known elements of each type are stored; other types are not followed. */
const arrays: Readonly<Partial<Record<DataType, (values: readonly number[]) => ArrayBufferView>>> = {
  bool: (v) => Uint8Array.from(v),
  int8: (v) => Int8Array.from(v),
  int16: (v) => Int16Array.from(v),
  int32: (v) => Int32Array.from(v),
  int64: (v) => BigInt64Array.from(v, BigInt),
  uint8: (v) => Uint8Array.from(v),
  uint16: (v) => Uint16Array.from(v),
  uint32: (v) => Uint32Array.from(v),
  float32: (v) => Float32Array.from(v),
  float64: (v) => Float64Array.from(v),
}

/** Whether a number is what the element type holds: integers are followed exactly up to 2^53. */
const holds = (dataType: DataType, value: number): boolean =>
  dataType.startsWith('float') || Number.isSafeInteger(value)

function folded(name: string, { types, values }: InferredTypes): Constant | undefined {
  const type = types.get(name)
  const elements = values.get(name)?.filter(isFixed)
  const dims = type?.shape.filter(isFixed)
  if (type === undefined || elements === undefined || dims?.length !== type.shape.length) return undefined
  const { dataType } = type
  const data = elements.every((e) => holds(dataType, e)) ? arrays[dataType]?.(elements) : undefined
  if (data === undefined || elements.length !== elementCount(dims)) return undefined
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { dataType, dims, data: { kind: 'inline', bytes } }
}

/**
 * Replaces nodes whose outputs are known before run time by initializers, and removes what then is not
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
