import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { Layer } from '../layers/layer.ts'
import { activation, expOfNegative, inputOf, oneMinus, square, whereAbove } from './pointwise.ts'

/** Activation functions with an exponential in them. */

const positive = { nonNegative: () => true }

/** Elu: alpha * e^x at and below zero, one above. */
export const elu = activation('Elu', (e, layer) => {
  const left = e.mul(expOfNegative(e, inputOf(layer)), e.scalar(attributes.float(layer.node, 'alpha', 1)))
  return whereAbove(e, inputOf(layer), 0, e.scalar(1), left)
})

/** Selu: gamma * alpha * e^x at and below zero, gamma above (Klambauer et al. 2017, eq. 2). */
export const selu = activation('Selu', (e, layer) => {
  const alpha = attributes.float(layer.node, 'alpha', Math.fround(1.6732632))
  const gamma = attributes.float(layer.node, 'gamma', Math.fround(1.050701))
  const left = e.mul(expOfNegative(e, inputOf(layer)), e.scalar(alpha * gamma))
  return whereAbove(e, inputOf(layer), 0, e.scalar(gamma), left)
})

/** Celu: e^(x / alpha) below zero, one above. */
export const celu = activation(
  'Celu',
  (e, layer) => expOfNegative(e, e.div(inputOf(layer), e.scalar(attributes.float(layer.node, 'alpha', 1)))),
  {
    refuse: ({ node }) => (attributes.float(node, 'alpha', 1) > 0 ? null : 'its alpha is not positive'),
  },
)

/** Sigmoid: y * (1 - y). */
export const sigmoid = activation(
  'Sigmoid',
  (e, layer) => e.mul(layer.output, oneMinus(e, layer.output)),
  positive,
)

/** Tanh: 1 - y^2. */
export const tanh = activation('Tanh', (e, layer) => oneMinus(e, square(e, layer.output)))

/** Softplus log(1 + e^x): its derivative is the sigmoid. */
export const softplus = activation('Softplus', (e, layer) => e.op('Sigmoid', [inputOf(layer)]), positive)

/** Softsign x / (1 + |x|): 1 / (1 + |x|)^2. */
export const softsign = activation('Softsign', (e, layer) =>
  e.op('Reciprocal', [square(e, e.add(e.op('Abs', [inputOf(layer)]), e.scalar(1)))]),
)

/** d/dx of x * Phi(x): Phi(x) + x * phi(x), with the normal distribution and its density. */
function normalGelu(e: Emitter, x: string): string {
  const erf = e.op('Erf', [e.mul(x, e.scalar(Math.SQRT1_2))])
  const distribution = e.mul(e.add(erf, e.scalar(1)), e.scalar(0.5))
  const density = e.mul(
    e.op('Exp', [e.mul(square(e, x), e.scalar(-0.5))]),
    e.scalar(1 / Math.sqrt(2 * Math.PI)),
  )
  return e.add(distribution, e.mul(x, density))
}

/** d/dx of x / 2 * (1 + tanh u) with u = sqrt(2 / pi) * (x + 0.044715 x^3) (Hendrycks and Gimpel 2016). */
function tanhGelu(e: Emitter, x: string): string {
  const scale = Math.sqrt(2 / Math.PI)
  const squared = square(e, x)
  const u = e.mul(x, e.add(e.scalar(scale), e.mul(squared, e.scalar(scale * 0.044715))))
  const du = e.add(e.scalar(scale), e.mul(squared, e.scalar(3 * scale * 0.044715)))
  const t = e.op('Tanh', [u])
  const inner = e.mul(e.mul(x, du), oneMinus(e, square(e, t)))
  return e.mul(e.add(e.add(t, e.scalar(1)), inner), e.scalar(0.5))
}

/** Gelu in both forms that the operator has (opset 20). */
export const gelu = activation('Gelu', (e, layer) =>
  attributes.string(layer.node, 'approximate', 'none') === 'tanh'
    ? tanhGelu(e, inputOf(layer))
    : normalGelu(e, inputOf(layer)),
)

/** d/dx of x * t with t = tanh(softplus(x)): t + x * (1 - t^2) * sigmoid(x). */
function mishDerivative(e: Emitter, layer: Layer): string {
  const x = inputOf(layer)
  const t = e.op('Tanh', [e.op('Softplus', [x])])
  return e.add(t, e.mul(e.mul(x, oneMinus(e, square(e, t))), e.op('Sigmoid', [x])))
}

/** Mish (opset 18). */
export const mish = activation('Mish', mishDerivative)
