import * as attributes from '../graph/attributes.ts'
import { elementCount, float32, toNumbers } from '../graph/constants.ts'
import type { Constant, Model, Node } from '../graph/types.ts'
import { isFixed } from '../infer/dims.ts'
import type { InferredTypes } from '../infer/infer-types.ts'
import { prune } from './extract.ts'

/** The most elements that a filled tensor may have to become an initializer. */
const maxFill = 2 ** 20

type Lookup = (tensor: string) => Constant | undefined

/** A tensor of one repeated float32 value, where the shape is known and small. */
function filled(node: Node, value: number, { types }: InferredTypes): Constant | undefined {
  const shape = types.get(node.outputs[0]!)?.shape
  if (!shape?.every(isFixed)) return undefined
  const count = elementCount(shape)
  return count <= maxFill ? float32(new Float32Array(count).fill(value), shape) : undefined
}

/** The one value of a float32 constant with one element. */
function single(constant: Constant | undefined): number | undefined {
  const isScalar = constant?.dataType === 'float32' && elementCount(constant.dims) === 1
  return isScalar && constant.data.kind === 'inline' ? toNumbers(constant)[0] : undefined
}

/** The constant that a node stands for, or undefined. */
function constantFor(node: Node, lookup: Lookup, inferred: InferredTypes): Constant | undefined {
  const source = lookup(node.inputs[0] ?? '')
  switch (node.op) {
    case 'CastLike':
      return inferred.types.get(node.outputs[0]!)?.dataType === source?.dataType ? source : undefined
    case 'Expand': {
      const value = single(source)
      return value === undefined ? undefined : filled(node, value, inferred)
    }
    case 'ConstantOfShape': {
      const value = attributes.tensor(node, 'value')
      const fill = value === undefined ? 0 : single(value)
      return fill === undefined ? undefined : filled(node, fill, inferred)
    }
    default:
      return undefined
  }
}

/**
 * Replaces float tensors that are one value spread over a known shape by initializers. PyTorch's exporter without
 * optimization gives every convolution without a bias such a zero bias, made by CastLike and Expand. Requires
 * `inferred` of this very model.
 */
export function foldFills(model: Model, inferred: InferredTypes): Model {
  const initializers = new Map(model.graph.initializers)
  const outputs = new Set(model.graph.outputs.map((output) => output.name))
  const nodes = model.graph.nodes.filter((node) => {
    const name = node.outputs[0]!
    const value = outputs.has(name)
      ? undefined
      : constantFor(node, (tensor) => initializers.get(tensor), inferred)
    if (value === undefined) return true
    initializers.set(name, value)
    return false
  })
  return { ...model, graph: prune({ ...model.graph, nodes, initializers }) }
}
