import { constants } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import type { Site } from './operator.ts'

/** Positions among the node's inputs of those that carry relevance, in the order of {@link Layer.inputs}. */
export const operandPositions = ({ node }: Pick<Layer, 'node'>, facts: GraphFacts): readonly number[] =>
  node.inputs.flatMap((name, i) => (name !== '' && facts.carriesRelevance(name) ? [i] : []))

/** Whether two tensors have the same shape. */
export const sameShape = (facts: GraphFacts, a: string, b: string): boolean =>
  JSON.stringify(facts.type(a).shape) === JSON.stringify(facts.type(b).shape)

/** The numbers of a constant that is part of the model file, or null (absent, computed, or kept elsewhere). */
export function numbersOf(facts: GraphFacts, tensor: string | undefined): readonly number[] | null {
  const constant = tensor ? facts.constant(tensor) : undefined
  return constant?.data.kind === 'inline' ? Array.from(constants.toNumbers(constant)) : null
}

/** The one number of a constant with one element, or null. */
export function numberOf(facts: GraphFacts, tensor: string | undefined): number | null {
  const numbers = numbersOf(facts, tensor)
  return numbers?.length === 1 ? numbers[0]! : null
}

/** Whether no operand can be negative: `inputs` for those that carry relevance, values for the constants. */
export const allNonNegative = (
  { node }: Pick<Layer, 'node'>,
  inputs: readonly boolean[],
  facts: GraphFacts,
): boolean =>
  inputs.every(Boolean) &&
  node.inputs
    .filter((name) => facts.isConstant(name))
    .every((name) => numbersOf(facts, name)?.every((value) => value >= 0) ?? false)

/** Whether no operand that carries relevance can be negative. */
export const keepsSign = (_layer: unknown, inputs: readonly boolean[]): boolean => inputs.every(Boolean)

/** Relevance times a tensor that broadcasts to the layer's output. */
export function times(emitter: Emitter, r: Relevance, factor: string, output: string): Relevance {
  const isWhole = emitter.facts.isConstant(factor) ? false : sameShape(emitter.facts, factor, output)
  return isWhole || r.factor !== null ? emitter.scale(r, factor) : plain(emitter.mul(r.value, factor))
}

/** Relevance with the other sign. */
export const negated = (emitter: Emitter, r: Relevance): Relevance => ({
  value: emitter.op('Neg', [r.value]),
  factor: r.factor,
})

/** Relevance at one operand of an operator that broadcasts: summed over the axes along which it was repeated. */
export const toOperand = (emitter: Emitter, r: Relevance, output: string, operand: string): Relevance =>
  sameShape(emitter.facts, operand, output)
    ? r
    : plain(unbroadcast(emitter, emitter.materialize(r), output, operand))

/** Sums a tensor shaped like `from` over every axis along which `to` was broadcast to it. */
export function unbroadcast(emitter: Emitter, r: string, from: string, to: string): string {
  const wide = emitter.facts.type(from).shape
  const narrow = emitter.facts.type(to).shape
  const lead = wide.length - narrow.length
  const axes = wide.flatMap((dim, i) => (i < lead || (narrow[i - lead] === 1 && dim !== 1) ? [i] : []))
  if (axes.includes(0)) throw new Error(`the batch axis of ${from} is broadcast`)
  const summed = axes.length === 0 ? r : emitter.sum(r, axes, from)
  return lead === 0 ? summed : emitter.reshapeLike(summed, to)
}

/** Why an operator with constant parameters cannot be explained: one of its inputs from `first` on is none. */
export const refuseVariable =
  (first: number, what: string) =>
  ({ node }: Site, facts: GraphFacts): string | null =>
    node.inputs.slice(first).every((name) => name === '' || facts.isConstant(name))
      ? null
      : `${what} on the input`
