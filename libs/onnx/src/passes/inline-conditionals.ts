import type { Graph, Model, Node } from '../graph/types.ts'
import { type InferredTypes, inferTypes } from '../infer/infer-types.ts'
import type { InputSizes } from '../infer/inputs.ts'

/** The branch that an If takes, where its condition is known before run time. */
function takenBranch(node: Node, values: InferredTypes['values']): Graph | null {
  const condition = values.get(node.inputs[0] ?? '')?.[0]
  if (node.op !== 'If' || node.domain !== '' || typeof condition !== 'number') return null
  const branch = node.attributes[condition === 0 ? 'else_branch' : 'then_branch']
  return branch?.kind === 'graph' ? branch.value : null
}

/** The nodes of a branch, and Identity nodes that give its outputs the names that the If had for them. */
function inlined(node: Node, branch: Graph): readonly Node[] {
  const names = branch.outputs.map(({ name }, i): Node => {
    const output = node.outputs[i]!
    return {
      ...node,
      name: i === 0 ? node.name : `${node.name}:${i}`,
      op: 'Identity',
      inputs: [name],
      outputs: [output],
      attributes: {},
    }
  })
  return [...branch.nodes, ...names.filter(({ outputs }) => outputs[0] !== '')]
}

/**
 * The model with the taken branch in the place of every If whose condition does not depend on the input's values: PyTorch's
 * exporter writes `squeeze` of an axis whose size it does not know as one. Other If nodes stay.
 */
export function inlineConditionals(model: Model, inputSizes: InputSizes = {}): Model {
  if (!model.graph.nodes.some(({ op }) => op === 'If')) return model
  const { values } = inferTypes(model, inputSizes, { unknown: 'collect' })
  const taken = new Map(model.graph.nodes.map((node) => [node, takenBranch(node, values)]))
  if ([...taken.values()].every((branch) => branch === null)) return model
  const branches = [...taken.values()].flatMap((branch) => branch ?? [])
  const initializers = branches.flatMap((branch) => [...branch.initializers])
  const nodes = model.graph.nodes.flatMap((node) => {
    const branch = taken.get(node)
    return branch ? inlined(node, branch) : [node]
  })
  const graph = {
    ...model.graph,
    nodes,
    initializers: new Map([...model.graph.initializers, ...initializers]),
  }
  // What lies behind an If has types only now, and may hold further ones.
  return inlineConditionals({ ...model, graph }, inputSizes)
}
