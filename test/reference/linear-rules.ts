import type { LinearLayer } from './linear-layer.ts'
import { type Stabilizer, stabilized } from './stabilizer.ts'
import {
  broadcastTo,
  full,
  map,
  minus,
  negative,
  over,
  plus,
  positive,
  type Tensor,
  times,
  zerosLike,
  zip,
} from './tensor.ts'

/** Options of the rules that rerun a layer with changed parameters. */
interface OnParameters {
  /** Default 1e-6. */
  readonly stabilizer?: Stabilizer
  /** Take the bias as zero in every term (zennit's zero_params). */
  readonly zeroBias?: boolean
}

/** A bound of the input: one number, or a tensor whose axes have the input's size or one; trailing ones may be missing. */
export type Bound = number | Tensor

/** A rule on the parameters of a linear layer, as data. */
export type LinearRule = OnParameters &
  (
    | { readonly name: 'epsilon' | 'z_plus' | 'w_square' | 'flat' }
    | { readonly name: 'alpha_beta'; readonly alpha: number; readonly beta: number }
    | { readonly name: 'gamma'; readonly gamma: number }
    | { readonly name: 'z_box'; readonly low: Bound; readonly high: Bound }
  )

/** z plus a bias that broadcasts to it. */
const biased = (z: Tensor, bias: Tensor | null): Tensor => (bias ? plus(z, broadcastTo(bias, z.shape)) : z)

const mapped = (bias: Tensor | null, f: (b: Tensor) => Tensor): Tensor | null => (bias ? f(bias) : null)

const isZero = (t: Tensor): boolean => t.data.every((value) => value === 0)

/** W x; zero inputs (the negative part behind a ReLU) need no loop. */
const applied = (layer: LinearLayer, x: Tensor, weight: Tensor, like: Tensor): Tensor =>
  isZero(x) ? zerosLike(like) : layer.apply(x, weight)

/** x * W^T s; zero inputs need no loop. */
const attributed = (layer: LinearLayer, x: Tensor, s: Tensor, weight: Tensor): Tensor =>
  isZero(x) ? zerosLike(x) : times(x, layer.pull(s, weight))

/** Epsilon: x * W^T (R / stab(W x + b)). */
function epsilon(layer: LinearLayer, upper: Tensor, stabilizer: Stabilizer): Tensor {
  const z = biased(layer.apply(layer.x, layer.weight), layer.bias)
  return times(layer.x, layer.pull(over(upper, stabilized(z, stabilizer)), layer.weight))
}

/** Weights for the positive and for the negative part of the input, and the bias of their common denominator. */
interface SignedWeights {
  readonly onPositive: Tensor
  readonly onNegative: Tensor
  readonly bias: Tensor | null
}

/** The denominator w1 x+ + b + w2 x-. */
function signedDenominator(layer: LinearLayer, weights: SignedWeights, like: Tensor): Tensor {
  const up = applied(layer, positive(layer.x), weights.onPositive, like)
  return plus(biased(up, weights.bias), applied(layer, negative(layer.x), weights.onNegative, like))
}

/** x+ * w1^T s + x- * w2^T s. */
const signedTerms = (layer: LinearLayer, weights: SignedWeights, s: Tensor): Tensor =>
  plus(
    attributed(layer, positive(layer.x), s, weights.onPositive),
    attributed(layer, negative(layer.x), s, weights.onNegative),
  )

/** Terms of one sign: s = R / stab(denominator), pulled back through the same weights. */
const signed = (layer: LinearLayer, weights: SignedWeights, upper: Tensor, stabilizer: Stabilizer): Tensor =>
  signedTerms(layer, weights, over(upper, stabilized(signedDenominator(layer, weights, upper), stabilizer)))

/** Weights whose products with the input are all positive. */
const positiveContributions = ({ weight, bias }: LinearLayer): SignedWeights => ({
  onPositive: positive(weight),
  onNegative: negative(weight),
  bias: mapped(bias, positive),
})

/** Weights whose products with the input are all negative. */
const negativeContributions = ({ weight, bias }: LinearLayer): SignedWeights => ({
  onPositive: negative(weight),
  onNegative: positive(weight),
  bias: mapped(bias, negative),
})

/** AlphaBeta: alpha times the positive contributions minus beta times the negative ones. */
function alphaBeta(layer: LinearLayer, upper: Tensor, alpha: number, beta: number, s: Stabilizer): Tensor {
  const up = signed(layer, positiveContributions(layer), upper, s)
  const down = signed(layer, negativeContributions(layer), upper, s)
  return zip(up, down, (p, n) => alpha * p - beta * n)
}

/** t plus gamma times its positive or negative part. */
const strengthened = (t: Tensor, gamma: number, part: (t: Tensor) => Tensor): Tensor =>
  zip(t, part(t), (value, kept) => value + gamma * kept)

/**
 * Gamma for outputs of both signs: where z > 0 positive contributions are strengthened, where z < 0 negative ones.
 * `full` is the layer with all its parameters, which alone decides the sign of z.
 */
function gammaRule(
  layer: LinearLayer,
  full: LinearLayer,
  upper: Tensor,
  gamma: number,
  s: Stabilizer,
): Tensor {
  const z = biased(full.apply(full.x, full.weight), full.bias)
  const [up, down] = [positive, negative].map((part) => strengthened(layer.weight, gamma, part)) as [
    Tensor,
    Tensor,
  ]
  const [biasUp, biasDown] = [positive, negative].map((part) =>
    mapped(layer.bias, (bias) => strengthened(bias, gamma, part)),
  ) as [Tensor | null, Tensor | null]
  const where = (keep: (z: number) => boolean): Tensor => zip(upper, z, (r, value) => (keep(value) ? r : 0))
  return plus(
    signed(
      layer,
      { onPositive: up, onNegative: down, bias: biasUp },
      where((value) => value > 0),
      s,
    ),
    signed(
      layer,
      { onPositive: down, onNegative: up, bias: biasDown },
      where((value) => value < 0),
      s,
    ),
  )
}

/** A bound as a tensor of the input's shape: missing trailing axes are added, a longer batch axis is cut. */
function boundTensor(bound: Bound, x: Tensor): Tensor {
  if (typeof bound === 'number') return full(x.shape, bound)
  const shape = [...bound.shape, ...x.shape.slice(bound.shape.length).map(() => 1)]
  const rows = Math.min(shape[0]!, shape[0] === 1 ? 1 : x.shape[0]!)
  const data = bound.data.slice(0, (bound.data.length / shape[0]!) * rows)
  return broadcastTo({ shape: [rows, ...shape.slice(1)], data, kind: 'float' }, x.shape)
}

/** ZBox: x * W^T s - l * (W+)^T s - h * (W-)^T s with s = R / stab(W x - W+ l - W- h); the bias cancels. */
function zBox(layer: LinearLayer, upper: Tensor, low: Bound, high: Bound, stabilizer: Stabilizer): Tensor {
  const { x, weight } = layer
  const parts = [
    [x, weight],
    [boundTensor(low, x), positive(weight)],
    [boundTensor(high, x), negative(weight)],
  ] as const
  const [z, l, h] = parts.map(([value, w]) => layer.apply(value, w)) as [Tensor, Tensor, Tensor]
  const s = over(upper, stabilized(minus(minus(z, l), h), stabilizer))
  const [rx, rl, rh] = parts.map(([value, w]) => times(value, layer.pull(s, w))) as [Tensor, Tensor, Tensor]
  return minus(minus(rx, rl), rh)
}

/** Rules that do not look at the input: ones in its place, and a result that is not multiplied with it. */
function inputFree(
  layer: LinearLayer,
  weight: Tensor,
  bias: Tensor | null,
  upper: Tensor,
  s: Stabilizer,
): Tensor {
  const z = biased(layer.apply(full(layer.x.shape, 1), weight), bias)
  return layer.pull(over(upper, stabilized(z, s)), weight)
}

const squared = (t: Tensor): Tensor => times(t, t)

/** What a rule makes of a linear layer: relevance at its data input (zennit 1.0.0 is the yardstick). */
export function linearRule(rule: LinearRule, original: LinearLayer, upper: Tensor): Tensor {
  const { stabilizer = 1e-6, zeroBias = false } = rule
  const layer = zeroBias ? { ...original, bias: null } : original
  switch (rule.name) {
    case 'epsilon':
      return epsilon(layer, upper, stabilizer)
    case 'z_plus':
      return signed(layer, positiveContributions(layer), upper, stabilizer)
    case 'alpha_beta':
      return alphaBeta(layer, upper, rule.alpha, rule.beta, stabilizer)
    case 'gamma':
      return gammaRule(layer, original, upper, rule.gamma, stabilizer)
    case 'z_box':
      return zBox(layer, upper, rule.low, rule.high, stabilizer)
    case 'w_square':
      return inputFree(layer, squared(layer.weight), mapped(layer.bias, squared), upper, stabilizer)
    case 'flat': {
      const ones = map(layer.weight, () => 1)
      return inputFree(layer, ones, null, upper, stabilizer)
    }
  }
}
