import type { Graph, Model, Node } from '@crp-serve/onnx'
import { constantTensor } from './constants.ts'
import { operationOf } from './ops/index.ts'
import type { Call } from './ops/operation.ts'
import type { Tensor } from './tensor.ts'

/** The values of all tensors of a graph by name. */
export type Values = ReadonlyMap<string, Tensor>

/** Name of the one graph input that is not an initializer. Throws when there is not exactly one. */
export function inputName(graph: Graph): string {
  const names = graph.inputs.map((input) => input.name).filter((name) => !graph.initializers.has(name))
  if (names.length !== 1)
    throw new Error(`the reference explains models of one input, not of ${names.length}`)
  return names[0]!
}

/** Name of the first graph output. */
export const outputName = (graph: Graph): string => graph.outputs[0]!.name

/** Version of the default operator set of a model. */
export const opsetOf = (model: Model): number => model.opsets['']!

/** A node together with the values of its inputs. */
export const callOf = (node: Node, values: Values, opset: number): Call => ({
  node,
  inputs: node.inputs.map((name) => (name === '' ? null : (values.get(name) ?? null))),
  opset,
})

/** Runs the model and keeps every tensor. */
export function evaluate(model: Model, input: Tensor): Map<string, Tensor> {
  const values = new Map([...model.graph.initializers].map(([name, value]) => [name, constantTensor(value)]))
  values.set(inputName(model.graph), input)
  for (const node of model.graph.nodes) {
    const call = callOf(node, values, opsetOf(model))
    values.set(node.outputs[0]!, operationOf(call).forward(call))
  }
  return values
}

/** Inputs of a node whose values reach its output: not those that only give a shape or a type, or are compared. */
function carrying({ op, inputs }: Node): readonly string[] {
  if (['Shape', 'Greater', 'Less'].includes(op)) return []
  return op === 'CastLike' ? inputs.slice(0, 1) : inputs
}

/** The tensor itself and everything whose values are computed from its values. */
export function descendants(nodes: readonly Node[], from: string): Set<string> {
  const found = new Set([from])
  for (const node of nodes) {
    if (carrying(node).some((name) => found.has(name))) found.add(node.outputs[0]!)
  }
  return found
}
