import type { Node } from '@crp-serve/onnx'
import type { Operator } from '../operators/operator.ts'

/** What a composite can match a layer by (api.md, composite object). */
export type LayerType =
  | 'convolution'
  | 'linear'
  | 'activation'
  | 'sum'
  | 'average_pool'
  | 'batch_norm'
  | 'max_pool'
  | 'normalization'
  | 'softmax'
  | 'matmul'

/**
 * One step of the computation that relevance passes through: usually one node, several where an exporter split
 * one operation (a matrix product and its bias, the stack and sum of a residual addition, an activation).
 */
export interface Layer {
  /** The canonical name: the module path where the export carries one, else the node's name. */
  readonly name: string
  /** Every other name that the layer answers to: node names, tensor names, module paths. */
  readonly aliases: readonly string[]
  readonly type: LayerType | null
  /** The node that defines the operation. */
  readonly node: Node
  /** How relevance passes through the layer. */
  readonly operator: Operator
  /** All nodes of the layer, in topological order, `node` among them. */
  readonly nodes: readonly Node[]
  /** The nodes whose names and output tensors the layer answers to. */
  readonly named: readonly Node[]
  /** Tensors that carry relevance into the layer, in the order of the operation's operands. */
  readonly inputs: readonly string[]
  readonly output: string
  /** Which of the inputs is the signal where the others are gates that scale it; null where that cannot be told. */
  readonly signal: number | null
  /** Why relevance cannot pass the layer, and what would be needed; null where it can. */
  readonly obstacle: Obstacle | null
  /** The constant that is added to the operation's result by a node of its own (MatMul and Add), or null. */
  readonly bias: string | null
}

/** Why relevance cannot pass a layer. */
export interface Obstacle {
  readonly reason: string
  /** What would let it pass. */
  readonly needs: string
}

/** A layer before it has a name and a type; the operator is null where its node is not supported. */
export type Draft = Omit<Layer, 'name' | 'aliases' | 'type' | 'operator' | 'signal' | 'obstacle'> & {
  readonly operator: Operator | null
}
