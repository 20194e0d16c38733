import { broadcastTo, map, type Tensor, times, zip } from '../tensor.ts'
import { erf } from './erf.ts'
import { attribute, type Call, inputOf, type Operation } from './operation.ts'

/** A function of one number with its derivative. */
interface Curve {
  value(x: number): number
  slope(x: number): number
}

/** An operator that applies a curve, which its node chooses, to every element of its first input. */
const elementwise = (curveOf: (call: Call) => Curve): Operation => ({
  forward: (call) => map(inputOf(call, 0), curveOf(call).value),
  backward: (call, upper) => {
    const slopes = map(inputOf(call, 0), curveOf(call).slope)
    return [times(upper, slopes), ...call.inputs.slice(1).map(() => null)]
  },
})

const curve = (value: Curve['value'], slope: Curve['slope']): Operation =>
  elementwise(() => ({ value, slope }))

const float = (call: Call, name: string, otherwise: number): number =>
  attribute(call.node, name, 'float') ?? otherwise

/** y above `bound`, else z. */
const above = (x: number, bound: number, y: number, z: number): number => (x > bound ? y : z)

const logistic = (x: number): number => 1 / (1 + Math.exp(-x))
const softplusOf = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

const leakyRelu = elementwise((call) => {
  const alpha = float(call, 'alpha', 0.01)
  return { value: (x) => above(x, 0, x, alpha * x), slope: (x) => above(x, 0, 1, alpha) }
})

const elu = elementwise((call) => {
  const alpha = float(call, 'alpha', 1)
  return {
    value: (x) => above(x, 0, x, alpha * Math.expm1(x)),
    slope: (x) => above(x, 0, 1, alpha * Math.exp(x)),
  }
})

const selu = elementwise((call) => {
  const [alpha, gamma] = [float(call, 'alpha', 1.6732632423543772), float(call, 'gamma', 1.0507009873554805)]
  return {
    value: (x) => gamma * above(x, 0, x, alpha * Math.expm1(x)),
    slope: (x) => gamma * above(x, 0, 1, alpha * Math.exp(x)),
  }
})

const celu = elementwise((call) => {
  const alpha = float(call, 'alpha', 1)
  return {
    value: (x) => above(x, 0, x, alpha * Math.expm1(x / alpha)),
    slope: (x) => above(x, 0, 1, Math.exp(x / alpha)),
  }
})

const hardSigmoid = elementwise((call) => {
  const [alpha, beta] = [float(call, 'alpha', 0.2), float(call, 'beta', 0.5)]
  const line = (x: number): number => alpha * x + beta
  return {
    value: (x) => Math.min(Math.max(line(x), 0), 1),
    slope: (x) => (line(x) > 0 && line(x) < 1 ? alpha : 0),
  }
})

const hardSwish = curve(
  (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1),
  (x) => (x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1),
)

const thresholdedRelu = elementwise((call) => {
  const alpha = float(call, 'alpha', 1)
  return { value: (x) => above(x, alpha, x, 0), slope: (x) => above(x, alpha, 1, 0) }
})

const shrink = elementwise((call) => {
  const [bias, lambd] = [float(call, 'bias', 0), float(call, 'lambd', 0.5)]
  return {
    value: (x) => (x < -lambd ? x + bias : above(x, lambd, x - bias, 0)),
    slope: (x) => above(Math.abs(x), lambd, 1, 0),
  }
})

const normalDistribution = (x: number): number => (1 + erf(x * Math.SQRT1_2)) / 2
const normalDensity = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)

const exactGelu: Curve = {
  value: (x) => x * normalDistribution(x),
  slope: (x) => normalDistribution(x) + x * normalDensity(x),
}

/** The argument of the hyperbolic tangent in the other form of GELU, and its derivative. */
const bent = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)
const bend = (x: number): number => Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2)

const tanhGelu: Curve = {
  value: (x) => (x / 2) * (1 + Math.tanh(bent(x))),
  slope: (x) => (1 + Math.tanh(bent(x))) / 2 + (x / 2) * Math.cosh(bent(x)) ** -2 * bend(x),
}

const gelu = elementwise(({ node }) =>
  attribute(node, 'approximate', 'string') === 'tanh' ? tanhGelu : exactGelu,
)

const mish = curve(
  (x) => x * Math.tanh(softplusOf(x)),
  (x) => Math.tanh(softplusOf(x)) + x * Math.cosh(softplusOf(x)) ** -2 * logistic(x),
)

/** PRelu: the slope below zero is the second input, which is constant. */
const pRelu: Operation = {
  forward(call) {
    const x = inputOf(call, 0)
    return zip(x, broadcastTo(inputOf(call, 1), x.shape), (value, slope) =>
      above(value, 0, value, slope * value),
    )
  },
  backward(call, upper) {
    const x = inputOf(call, 0)
    const slopes = zip(x, broadcastTo(inputOf(call, 1), x.shape), (value, slope) => above(value, 0, 1, slope))
    return [times(upper, slopes), null]
  },
}

const exponentOf = (call: Call, like: Tensor): Tensor => broadcastTo(inputOf(call, 1), like.shape)

/** Pow with a constant exponent. */
const pow: Operation = {
  forward: (call) => zip(inputOf(call, 0), exponentOf(call, inputOf(call, 0)), (x, p) => x ** p),
  backward(call, upper) {
    const slopes = zip(inputOf(call, 0), exponentOf(call, inputOf(call, 0)), (x, p) => p * x ** (p - 1))
    return [times(upper, slopes), null]
  },
}

/** A function made of steps: its derivative is zero. */
const steps = (value: (x: number) => number): Operation => curve(value, () => 0)

/** Operators that apply one function to every element. */
export const functions: Readonly<Record<string, Operation>> = {
  Abs: curve(Math.abs, Math.sign),
  Atan: curve(Math.atan, (x) => 1 / (1 + x * x)),
  Ceil: steps(Math.ceil),
  Celu: celu,
  Cos: curve(Math.cos, (x) => -Math.sin(x)),
  Elu: elu,
  Erf: curve(erf, (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x)),
  Exp: curve(Math.exp, Math.exp),
  Floor: steps(Math.floor),
  Gelu: gelu,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  LeakyRelu: leakyRelu,
  Log: curve(Math.log, (x) => 1 / x),
  Mish: mish,
  Neg: curve(
    (x) => -x,
    () => -1,
  ),
  PRelu: pRelu,
  Pow: pow,
  Reciprocal: curve(
    (x) => 1 / x,
    (x) => -1 / (x * x),
  ),
  Selu: selu,
  Shrink: shrink,
  Sign: steps(Math.sign),
  Sin: curve(Math.sin, Math.cos),
  Softplus: curve(softplusOf, logistic),
  Softsign: curve(
    (x) => x / (1 + Math.abs(x)),
    (x) => (1 + Math.abs(x)) ** -2,
  ),
  Sqrt: curve(Math.sqrt, (x) => 1 / (2 * Math.sqrt(x))),
  Tanh: curve(Math.tanh, (x) => Math.cosh(x) ** -2),
  ThresholdedRelu: thresholdedRelu,
}
