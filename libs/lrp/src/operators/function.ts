import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import type { Layer } from '../layers/layer.ts'
import { negated, numberOf, sameShape, times } from './operands.ts'
import type { Operator, Site } from './operator.ts'
import { inputOf, pointwise, signOf, square } from './pointwise.ts'

/** Elementary functions of one activation. No composite names them: they keep their gradient unless one does by name. */

const always = { nonNegative: () => true }
const never = { nonNegative: () => false }

/** |x|; the derivative at zero is zero. */
export const abs = pointwise('Abs', (e, layer) => signOf(e, inputOf(layer)), always)

/** -x. */
export const neg: Operator = {
  op: 'Neg',
  type: () => null,
  gradient: (e, _layer, r) => [negated(e, r)],
  ...never,
}

/** The square root y: 1 / (2 y). */
export const sqrt = pointwise(
  'Sqrt',
  (e, layer) => e.op('Reciprocal', [e.mul(layer.output, e.scalar(2))]),
  always,
)

/** e^x. */
export const exp = pointwise('Exp', (_e, layer) => layer.output, always)

/** log x: 1 / x. */
export const log = pointwise('Log', (e, layer) => e.op('Reciprocal', [inputOf(layer)]), never)

/** 1 / x: -y^2. */
export const reciprocal = pointwise('Reciprocal', (e, layer) => e.op('Neg', [square(e, layer.output)]))

/** The error function: 2 / sqrt(pi) * e^(-x^2). */
export const erf = pointwise('Erf', (e, layer) =>
  e.mul(e.op('Exp', [e.op('Neg', [square(e, inputOf(layer))])]), e.scalar(2 / Math.sqrt(Math.PI))),
)

/** sin x. */
export const sin = pointwise('Sin', (e, layer) => e.op('Cos', [inputOf(layer)]), never)

/** cos x. */
export const cos = pointwise('Cos', (e, layer) => e.op('Neg', [e.op('Sin', [inputOf(layer)])]), never)

/** x^p for a constant exponent: p * x^(p - 1), written out for the exponents that need no power. */
function powerDerivative(e: Emitter, layer: Layer): string {
  const [x, exponent] = layer.node.inputs as [string, string]
  const p = numberOf(e.facts, exponent)
  if (p === 2) return e.mul(x, e.scalar(2))
  if (p === 3) return e.mul(square(e, x), e.scalar(3))
  const lower = p === null ? e.sub(exponent, e.scalar(1)) : e.scalar(p - 1)
  return e.mul(e.op('Pow', [x, lower]), p === null ? exponent : e.scalar(p))
}

function refusePower({ node, output }: Site, facts: GraphFacts): string | null {
  const [base, exponent] = node.inputs as [string, string]
  if (!facts.isConstant(exponent)) return 'its exponent depends on the input'
  if (!sameShape(facts, base, output)) return 'its base is broadcast to its exponent'
  const isFloat = facts.type(exponent).dataType === 'float32'
  return isFloat || numberOf(facts, exponent) !== null ? null : 'its exponents are not float32'
}

/** Pow with a constant exponent. */
export const pow = pointwise('Pow', powerDerivative, {
  nonNegative: ({ node }, inputs, facts) =>
    inputs.every(Boolean) || (numberOf(facts, node.inputs[1]) ?? 1) % 2 === 0,
  refuse: refusePower,
})

/** The arc tangent: 1 / (1 + x^2). */
export const atan = pointwise('Atan', (e, layer) =>
  e.op('Reciprocal', [e.add(square(e, inputOf(layer)), e.scalar(1))]),
)

/** Functions made of steps: the derivative is zero wherever there is one, so that only zeros pass. */
const steps = (op: string): Operator => ({
  op,
  type: () => null,
  gradient: (e, layer, r) => [times(e, r, e.scalar(0), layer.output)],
  nonNegative: (_layer, inputs) => inputs.every(Boolean),
})

export const sign = steps('Sign')
export const floor = steps('Floor')
export const ceil = steps('Ceil')
export const round = steps('Round')
