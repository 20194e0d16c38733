import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import type { Relevance } from '../compile/relevance.ts'
import type { Layer, LayerType } from '../layers/layer.ts'

/**
 * A layer as a linear map of its input with constant parameters: everything that a rule needs to know of an
 * operator.
 */
export interface LinearOperator {
  readonly weight: string
  /** A constant, or null. */
  readonly bias: string | null
  /** The output axis along which the bias is a vector; null where it broadcasts to the output in another way. */
  readonly biasAxis: number | null
  /** Whether `apply` adds a bias, a vector along axis 1, at no cost. */
  readonly addsBias?: true
  /** Emits W v + b for a tensor shaped like the layer's input. */
  apply(v: string, weight: string, bias: string | null): string
  /** Emits W^T r for a tensor shaped like the layer's output. */
  transpose(r: string, weight: string): string
  /** The same for a weight of ones, where the operator has a cheaper way (the rule `flat`). */
  transposeOnes?(r: string): string
  /**
   * The same for a tensor that is zero outside one channel of axis 1 in every row, where that is cheaper.
   * @param channel [K] indices
   */
  transposeChannel?(r: string, weight: string, channel: string): string
}

/** What a relevance-carrying operand gets; the order of {@link Layer.inputs}. null: nothing. */
export type Contributions = readonly (Relevance | null)[]

/** A layer as far as an operator needs it to say what kind of layer it is. */
export type Site = Pick<Layer, 'node' | 'inputs' | 'output'>

/** One ONNX operator: how relevance passes through it. */
export interface Operator {
  readonly op: string
  /** How many relevance-carrying operands the node has to have; any number where absent. */
  readonly operands?: number
  /** The type that composites match; null: a structural operator that no rule names. */
  type(layer: Site, facts: GraphFacts): LayerType | null
  /** The exact vector-Jacobian product: what each input gets of `r`, which is shaped like the output. */
  gradient(emitter: Emitter, layer: Layer, r: Relevance): Contributions
  /** The linear form that rules on parameters need; absent where the operator is not linear in one input. */
  linear?(emitter: Emitter, layer: Layer): LinearOperator
  /** Whether the output is never negative, given the same of each relevance-carrying input. */
  nonNegative(layer: Layer, inputs: readonly boolean[], facts: GraphFacts): boolean
  /** Which input the rule `pass` gives the relevance to where there are several, or null where that cannot be told. */
  signal?(layer: Site, facts: GraphFacts): number | null
  /** Why this very node cannot be explained, or null. */
  refuse?(layer: Site, facts: GraphFacts): string | null
}
