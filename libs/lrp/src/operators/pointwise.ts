import type { Emitter } from '../compile/emitter.ts'
import type { Layer } from '../layers/layer.ts'
import { keepsSign } from './operands.ts'
import type { Operator } from './operator.ts'

/** Emits the derivative dy/dx of a layer y = f(x) that works element by element, shaped like its input. */
export type Derivative = (emitter: Emitter, layer: Layer) => string

/** An operator that works element by element on its first input: relevance times the derivative. */
export const pointwise = (
  op: string,
  derivative: Derivative,
  more: Partial<Pick<Operator, 'type' | 'nonNegative' | 'refuse'>> = {},
): Operator => ({
  op,
  type: () => null,
  gradient: (emitter, layer, r) => [emitter.scale(r, derivative(emitter, layer))],
  nonNegative: keepsSign,
  ...more,
})

/** An activation function: a composite can match it by its type. */
export const activation = (
  op: string,
  derivative: Derivative,
  more: Partial<Pick<Operator, 'nonNegative' | 'refuse'>> = {},
): Operator => pointwise(op, derivative, { type: () => 'activation', ...more })

/** The layer's input. */
export const inputOf = (layer: Layer): string => layer.inputs[0]!

/** A float tensor of ones and zeros for a condition. */
export const asFloat = (emitter: Emitter, condition: string): string =>
  emitter.op('Cast', [condition], { to: 1 })

/** One value where x is above a bound, another one where it is not. */
export const whereAbove = (e: Emitter, x: string, bound: number, above: string, otherwise: string): string =>
  e.op('Where', [e.op('Greater', [x, e.scalar(bound)]), above, otherwise])

/** e^min(x, 0): the exponential on the negative side, without overflow on the other one. */
export const expOfNegative = (e: Emitter, x: string): string => e.op('Exp', [e.op('Min', [x, e.scalar(0)])])

/** x * x. */
export const square = (e: Emitter, x: string): string => e.mul(x, x)

/** 1 - x. */
export const oneMinus = (e: Emitter, x: string): string => e.sub(e.scalar(1), x)

/** The sign of x as -1, 0 or 1. */
export const signOf = (e: Emitter, x: string): string =>
  e.sub(e.indicator('Greater', x), e.indicator('Less', x))
