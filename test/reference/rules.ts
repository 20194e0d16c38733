import { linearLayer } from './linear-layer.ts'
import { type LinearRule, linearRule } from './linear-rules.ts'
import { operationOf } from './ops/index.ts'
import { type Call, inputOf } from './ops/operation.ts'
import { type Stabilizer, stabilized } from './stabilizer.ts'
import { map, over, type Tensor, times, zerosLike, zip } from './tensor.ts'

/** A rule as data. `gradient`, like no rule, is the exact vector-Jacobian product of the node. */
export type Rule =
  | LinearRule
  | { readonly name: 'norm'; readonly stabilizer?: Stabilizer }
  /** `to` is the position of the input that gets all; default: the only one that depends on the model's input. */
  | { readonly name: 'pass'; readonly to?: number }
  | { readonly name: 'gradient' | 'relu_deconvnet' | 'relu_guided_backprop' }
  | { readonly name: 'relu_beta_smooth'; readonly betaSmooth?: number }

/** A node as the rules see it. */
export interface Site {
  readonly call: Call
  readonly output: Tensor
  /** Which inputs depend on the model's input. */
  readonly dynamic: readonly boolean[]
}

type Relevances = readonly (Tensor | null)[]

/** Relevance at the one input that depends on the model's input. Throws where there are several. */
function atOnlyInput(site: Site, relevance: (x: Tensor) => Tensor): Relevances {
  const index = site.dynamic.indexOf(true)
  if (site.dynamic.lastIndexOf(true) !== index) {
    throw new Error(`${site.call.node.op} ${site.call.node.name} has several inputs with relevance`)
  }
  return site.dynamic.map((_, i) => (i === index ? relevance(inputOf(site.call, i)) : null))
}

/** Norm: every input x_i gets x_i * J_i^T (R / stab(y)) with the true Jacobian of the node. */
function norm({ call, output }: Site, upper: Tensor, stabilizer: Stabilizer): Relevances {
  const s = over(upper, stabilized(output, stabilizer))
  const pulled = operationOf(call).backward(call, s, output)
  return pulled.map((r, i) => r && times(inputOf(call, i), r))
}

function pass(upper: Tensor, x: Tensor): Tensor {
  if (x.shape.join() !== upper.shape.join()) throw new Error('pass needs equal input and output shapes')
  return upper
}

/** Everything to one input, zeros to the others. */
const passTo = ({ call, dynamic }: Site, to: number, upper: Tensor): Relevances =>
  dynamic.map((carries, i) => {
    if (!carries) return null
    return i === to ? pass(upper, inputOf(call, i)) : zerosLike(inputOf(call, i))
  })

/** A rule on parameters. Epsilon on a node without a weight of its own kind (BatchNormalization) is Norm. */
function onParameters(site: Site, rule: LinearRule, upper: Tensor): Relevances {
  const layer = linearLayer(site.call, site.dynamic)
  if (layer) return atOnlyInput(site, () => linearRule(rule, layer, upper))
  if (rule.name === 'epsilon' && !rule.zeroBias) return norm(site, upper, rule.stabilizer ?? 1e-6)
  throw new Error(`${rule.name} is no rule for ${site.call.node.op} ${site.call.node.name}`)
}

/** Relevance at the inputs of a node (null where an input carries none) given the relevance at its output. */
export function propagate(site: Site, rule: Rule | null, upper: Tensor): Relevances {
  if (rule === null) return operationOf(site.call).backward(site.call, upper, site.output)
  switch (rule.name) {
    case 'gradient':
      return propagate(site, null, upper)
    case 'pass':
      return rule.to === undefined ? atOnlyInput(site, (x) => pass(upper, x)) : passTo(site, rule.to, upper)
    case 'norm':
      return norm(site, upper, rule.stabilizer ?? 1e-6)
    case 'relu_deconvnet':
      return atOnlyInput(site, () => map(upper, (r) => Math.max(r, 0)))
    case 'relu_guided_backprop':
      return atOnlyInput(site, (x) => zip(upper, x, (r, value) => (value > 0 && r > 0 ? r : 0)))
    case 'relu_beta_smooth': {
      const beta = rule.betaSmooth ?? 10
      return atOnlyInput(site, (x) => zip(upper, x, (r, value) => r / (1 + Math.exp(-beta * value))))
    }
    default:
      return onParameters(site, rule, upper)
  }
}
