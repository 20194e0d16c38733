import type { Attribute, Node } from '@crp-serve/onnx'
import type { Tensor } from '../tensor.ts'

/** A node with the values of its inputs; null where an optional input is absent. */
export interface Call {
  readonly node: Node
  readonly inputs: readonly (Tensor | null)[]
  /** Version of the default operator set. */
  readonly opset: number
}

/** An operator: its value and its vector-Jacobian product. Only first outputs are computed. */
export interface Operation {
  forward(call: Call): Tensor
  /**
   * J^T upper for each input that can carry relevance, null for the others (weights, shapes, axes).
   * `output` is the value that forward gave.
   */
  backward(call: Call, upper: Tensor, output: Tensor): readonly (Tensor | null)[]
}

/** The value of an input that has to be there. */
export function inputOf(call: Call, index: number): Tensor {
  const value = call.inputs[index]
  if (!value) throw new Error(`${call.node.op} ${call.node.name} has no input ${index}`)
  return value
}

type ValueOf<K extends Attribute['kind']> = Extract<Attribute, { readonly kind: K }>['value']

/** The value of an attribute of the given kind, or undefined where the node does not carry it. */
export function attribute<K extends Attribute['kind']>(
  node: Node,
  name: string,
  kind: K,
): ValueOf<K> | undefined {
  const found = node.attributes[name]
  if (found === undefined) return undefined
  if (found.kind !== kind) throw new Error(`${node.name}: attribute ${name} is no ${kind}`)
  return found.value as unknown as ValueOf<K> | undefined
}

/** Axes given by an attribute in old operator sets and by an input in newer ones; undefined where absent. */
export function axesOf(call: Call): readonly number[] | undefined {
  const input = call.inputs[1]
  return input ? [...input.data] : attribute(call.node, 'axes', 'ints')
}
