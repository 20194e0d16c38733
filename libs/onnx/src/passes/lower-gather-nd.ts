import * as attributes from '../graph/attributes.ts'
import type { Dim, Model, Node, TensorType } from '../graph/types.ts'
import { producers } from '../graph/uses.ts'
import { isFixed } from '../infer/dims.ts'
import { inferTypes } from '../infer/infer-types.ts'
import type { InputSizes } from '../infer/inputs.ts'
import { prune } from './extract.ts'
import { Replacement, withReplacements } from './replacement.ts'

/** What is known around a node. */
interface Surroundings {
  readonly types: ReadonlyMap<string, TensorType>
  readonly made: ReadonlyMap<string, Node>
}

const shapeOf = (tensor: string, { types }: Surroundings): readonly Dim[] => types.get(tensor)?.shape ?? []

/** Whether a tensor is a list of positions on one axis: [k, 1], the same for every sample. */
const isPositions = (tensor: string, around: Surroundings): boolean => {
  const shape = shapeOf(tensor, around)
  return shape.length === 2 && shape.every(isFixed) && shape[1] === 1
}

/** The list of positions that an Expand repeats for every sample ([N, k, 1]), or null. */
function repeatedPositions(tensor: string, around: Surroundings): string | null {
  const shape = shapeOf(tensor, around)
  const expand = around.made.get(tensor)
  if (expand?.op !== 'Expand' || shape.length !== 3 || shape[2] !== 1) return null
  const source = shapeOf(expand.inputs[0]!, around)
  const own = source.length === 3 && source[0] === 1 ? source.slice(1) : source
  const isWhole = own.length === 2 && own.every(isFixed) && own[0] === shape[1] && own[1] === 1
  return isWhole ? expand.inputs[0]! : null
}

/** Positions on the first axis of a transposed tensor: the axis is picked from before it is transposed. */
function ofTransposed(node: Node, transpose: Node, rank: number): Replacement {
  const into = new Replacement(node)
  const perm = attributes.ints(transpose, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i)
  const index = into.op('Reshape', [node.inputs[1]!, into.ints([-1])])
  const picked = into.op('Gather', [transpose.inputs[0]!, index], { axis: perm[0]! })
  into.finish(into.op('Transpose', [picked], { perm }), picked)
  return into
}

function alongAxis(node: Node, positions: string, axis: number): Replacement {
  const into = new Replacement(node)
  const index = into.op('Reshape', [positions, into.ints([-1])])
  into.finish(into.op('Gather', [node.inputs[0]!, index], { axis }))
  return into
}

/** The plain Gather that a GatherND is, or null where it is none. */
function asGather(node: Node, around: Surroundings): Replacement | null {
  if (node.op !== 'GatherND' || node.domain !== '') return null
  const [data, indices] = node.inputs as [string, string]
  const shape = shapeOf(data, around)
  const sampleAxes = attributes.int(node, 'batch_dims', 0)
  if (sampleAxes === 1) {
    const positions = repeatedPositions(indices, around)
    return positions === null || shape.length < 2 ? null : alongAxis(node, positions, 1)
  }
  if (sampleAxes !== 0 || !isPositions(indices, around) || !isFixed(shape[0] ?? { batch: 1 })) return null
  const maker = around.made.get(data)
  return maker?.op === 'Transpose' ? ofTransposed(node, maker, shape.length) : alongAxis(node, indices, 0)
}

/**
 * Writes a GatherND that picks positions of one axis as Gather. PyTorch's dynamo exporter writes `x[:, index]` as Transpose,
 * GatherND and Transpose: there the Gather works on the tensor before it is transposed, whose first axis is the batch.
 * Other GatherND nodes stay.
 */
export function lowerGatherNd(model: Model, inputSizes: InputSizes = {}): Model {
  const { graph } = model
  if (!graph.nodes.some(({ op }) => op === 'GatherND')) return model
  const { types } = inferTypes(model, inputSizes, { unknown: 'collect' })
  const around = { types, made: producers(graph) }
  const found = graph.nodes.flatMap((node): (readonly [Node, Replacement])[] => {
    const gather = asGather(node, around)
    return gather ? [[node, gather]] : []
  })
  if (found.length === 0) return model
  return { ...model, graph: prune(withReplacements(graph, new Map(found))) }
}
