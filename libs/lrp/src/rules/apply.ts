import type { Emitter } from '../compile/emitter.ts'
import type { Ledger } from '../compile/ledger.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import type { Contributions, LinearOperator } from '../operators/operator.ts'
import { boundTensor } from './bound.ts'
import { epsilon } from './linear-rules.ts'
import type { Branch, LinearRule, ParameterForm, PlainRule, Rule, Stabilizer, Term } from './rule.ts'

/** Everything that a rule works with at one layer. */
interface Site {
  readonly emitter: Emitter
  readonly ledger: Ledger
  readonly layer: Layer
  readonly operator: LinearOperator
  readonly rule: LinearRule
}

const input = (site: Site): string => site.layer.inputs[0]!

/** A weight or bias in the form that a branch asks for; null where it counts as zero. */
function parameter(emitter: Emitter, tensor: string, form: ParameterForm): string | null {
  if (form === 'plain') return tensor
  if (form === 'positive') return emitter.positive(tensor)
  if (form === 'negative') return emitter.negative(tensor)
  if (form === 'square') return emitter.mul(tensor, tensor)
  if (form === 'zero') return null
  if (form === 'ones') {
    const value = { kind: 'tensor', value: ones } as const
    return emitter.op('ConstantOfShape', [emitter.op('Shape', [tensor])], { value })
  }
  const favoured = form.favour === 'positive' ? emitter.positive(tensor) : emitter.negative(tensor)
  return emitter.add(tensor, emitter.mul(favoured, emitter.scalar(form.gamma)))
}

const ones = {
  dataType: 'float32',
  dims: [1],
  data: { kind: 'inline', bytes: new Uint8Array(new Float32Array([1]).buffer) },
} as const

function weightOf({ emitter, operator, rule }: Site, branch: Branch): string {
  const zero = rule.zeroParams.includes('weight')
  const base = zero ? emitter.mul(operator.weight, emitter.scalar(0)) : operator.weight
  return parameter(emitter, base, branch.weight)!
}

function biasOf({ emitter, operator, rule }: Site, branch: Branch): string | null {
  if (operator.bias === null || rule.zeroParams.includes('bias')) return null
  return parameter(emitter, operator.bias, branch.bias)
}

/** The tensor that a branch runs the operator on. */
function inputOf(site: Site, form: Branch['input']): string {
  const { emitter } = site
  const x = input(site)
  if (form === 'input' || (form === 'positive' && emitter.isNonNegative(x))) return x
  if (form === 'positive') return emitter.positive(x)
  if (form === 'negative') return emitter.negative(x)
  if (form === 'ones') return emitter.expandLike(emitter.scalar(1), x)
  return boundTensor(emitter, form.bound, x)
}

/** Branches that can differ from zero: an input without negative values has no negative part. */
const liveBranches = (site: Site, term: Term): readonly Branch[] =>
  term.branches.filter((branch) => branch.input !== 'negative' || !site.emitter.isNonNegative(input(site)))

/** Whether a branch never makes the denominator smaller than zero. */
function isNonNegative(site: Site, branch: Branch): boolean {
  const { input: form, weight, bias } = branch
  const agrees =
    (form === 'positive' && weight === 'positive') ||
    (form === 'negative' && weight === 'negative') ||
    (form === 'ones' && (weight === 'ones' || weight === 'square'))
  const biasAgrees = biasOf(site, branch) === null || bias === 'positive' || bias === 'square'
  return branch.sign === 1 && agrees && biasAgrees
}

/** Whether a branch is the layer itself, so that its result is the forward pass's own. */
const isForward = ({ rule }: Site, branch: Branch): boolean =>
  branch.input === 'input' &&
  branch.weight === 'plain' &&
  branch.bias === 'plain' &&
  rule.zeroParams.length === 0

/** One branch's part of the denominator. */
function evaluate(site: Site, branch: Branch): string {
  if (isForward(site, branch)) return site.layer.output
  return site.operator.apply(inputOf(site, branch.input), weightOf(site, branch), biasOf(site, branch))
}

function denominator(site: Site, branches: readonly Branch[]): string {
  const { emitter } = site
  const [first, ...rest] = branches
  const start = evaluate(site, first!)
  return rest.reduce((d, branch) => {
    const part = evaluate(site, branch)
    return branch.sign === 1 ? emitter.add(d, part) : emitter.sub(d, part)
  }, start)
}

/**
 * stab(d) of a single branch without negative values, its epsilon added as a part of the bias; null where that is no part
 * of the operator, or where stabilizing takes more than adding a constant.
 */
function stableBranch(site: Site, [branch, ...others]: readonly Branch[], nonNegative: boolean) {
  const { emitter, operator, layer, rule } = site
  const { epsilon, clip, normScale } = rule.stabilizer
  const single = others.length === 0 && !isForward(site, branch!)
  if (!single || !nonNegative || clip || normScale || !operator.addsBias) return null
  const bias = biasOf(site, branch!)
  const shifted =
    bias === null
      ? emitter.op('Expand', [emitter.scalar(epsilon), emitter.ints([emitter.facts.sizes(layer.output)[0]!])])
      : emitter.add(bias, emitter.scalar(epsilon))
  return operator.apply(inputOf(site, branch!.input), weightOf(site, branch!), shifted)
}

/** The denominator of a quotient and how it is kept away from zero. */
interface Denominator {
  readonly tensor: string
  readonly stabilizer: Stabilizer
  /** Whether it is known to have no negative value. */
  readonly nonNegative: boolean
}

/** s = R / stab(d), with what the stabilizer took noted in the ledger, times the coefficient of the term. */
function quotient(
  site: Pick<Site, 'emitter' | 'ledger' | 'layer'>,
  r: Relevance,
  { tensor: d, stabilizer, nonNegative }: Denominator,
  coefficient = 1,
): string {
  const { emitter, ledger, layer } = site
  if (!nonNegative && r.factor !== null && emitter.isReluOf(r.factor, d) && !stabilizer.normScale) {
    // relu(d) / stab(d) is zero wherever d is not positive, so that d can be relu(d): no sign has to be told apart.
    return quotient(site, r, { tensor: r.factor, stabilizer, nonNegative: true }, coefficient)
  }
  const stable = emitter.stabilize(d, layer.output, stabilizer, nonNegative)
  const s = emitter.divide(r, stable)
  const constant = nonNegative && !stabilizer.clip && !stabilizer.normScale
  if (constant) ledger.stabilizedBy(s, coefficient * stabilizer.epsilon, layer.output)
  else ledger.stabilized(s, stable, d, layer.output, coefficient)
  return s
}

/** Relevance restricted to outputs of the sign that a term asks for. */
function restricted({ emitter, layer }: Site, r: Relevance, where: Term['where']): Relevance {
  if (where === undefined) return r
  return emitter.scale(r, emitter.indicator(where === 'positive' ? 'Greater' : 'Less', layer.output))
}

/** W^T s of one branch, in the cheapest way that what is known of W and s allows. */
function pulled(site: Site, branch: Branch, s: string, channel: string | undefined): string {
  const { operator } = site
  if (branch.weight === 'ones' && operator.transposeOnes) return operator.transposeOnes(s)
  const weight = weightOf(site, branch)
  if (channel !== undefined && operator.transposeChannel) return operator.transposeChannel(s, weight, channel)
  return operator.transpose(s, weight)
}

/** v * W^T s of one branch, for relevance that may stand in one channel alone. */
function share(
  site: Site,
  branch: Branch,
  s: string,
  { channel }: Relevance,
  coefficient: number,
): Relevance {
  const { emitter } = site
  const factor = coefficient * branch.sign
  const whole = pulled(site, branch, s, channel)
  const value = factor === 1 ? whole : emitter.mul(whole, emitter.scalar(factor))
  return { value, factor: branch.input === 'ones' ? null : inputOf(site, branch.input) }
}

/** s = R / stab(d) of a term, noted in the ledger. */
function overDenominator(site: Site, term: Term, branches: readonly Branch[], r: Relevance): string {
  const { emitter, ledger, layer, rule } = site
  const { stabilizer } = rule
  const nonNegative = branches.every((branch) => isNonNegative(site, branch))
  const upper = restricted(site, r, term.where)
  const stable = stableBranch(site, branches, nonNegative)
  if (stable === null) {
    const below = { tensor: denominator(site, branches), stabilizer, nonNegative }
    return quotient(site, upper, below, term.coefficient)
  }
  const s = emitter.divide(upper, stable)
  ledger.stabilizedBy(s, term.coefficient * stabilizer.epsilon, layer.output)
  return s
}

function applyTerm(site: Site, term: Term, r: Relevance): readonly Relevance[] {
  const branches = liveBranches(site, term)
  const s = overDenominator(site, term, branches, r)
  for (const branch of branches) {
    const bias = biasOf(site, branch)
    const sign = term.coefficient * branch.sign
    if (bias !== null) site.ledger.biased(s, bias, site.operator, site.layer.output, sign)
  }
  return branches.map((branch) => share(site, branch, s, r, term.coefficient))
}

function applyLinear(
  emitter: Emitter,
  ledger: Ledger,
  layer: Layer,
  rule: LinearRule,
  r: Relevance,
): Relevance {
  const operator = layer.operator.linear!(emitter, layer)
  const site = { emitter, ledger, layer, operator, rule }
  return emitter.total(rule.terms.flatMap((term) => applyTerm(site, term, r)))
}

/** The rule `norm` on an operator without parameters: every input x gets x * J^T (R / stab(y)). */
function applyNorm(emitter: Emitter, ledger: Ledger, layer: Layer, stabilizer: Stabilizer, r: Relevance) {
  const nonNegative = emitter.isNonNegative(layer.output)
  const s = quotient({ emitter, ledger, layer }, r, { tensor: layer.output, stabilizer, nonNegative })
  const parts = layer.operator.gradient(emitter, layer, plain(s))
  return parts.map((part, i) => (part === null ? null : emitter.scale(part, layer.inputs[i]!)))
}

/** Rules that change the gradient of a ReLU: x is its input, r its upper relevance (semantics.md, section 3). */
function applyPlain(
  emitter: Emitter,
  layer: Layer,
  rule: Exclude<PlainRule, { kind: 'norm' }>,
  r: Relevance,
) {
  const x = layer.inputs[0]!
  switch (rule.kind) {
    case 'pass':
      return layer.inputs.map((_, i) => (i === (layer.signal ?? 0) ? r : null))
    case 'gradient':
      return layer.operator.gradient(emitter, layer, r)
    case 'relu_deconvnet':
      return [plain(emitter.positive(emitter.materialize(r)))]
    case 'relu_guided_backprop':
      return [emitter.scale(plain(emitter.positive(emitter.materialize(r))), emitter.indicator('Greater', x))]
    case 'relu_beta_smooth':
      return [emitter.scale(r, emitter.op('Sigmoid', [emitter.mul(x, emitter.scalar(rule.beta))]))]
  }
}

/** Passes relevance through one layer by a rule: what every input gets, in the order of {@link Layer.inputs}. */
export function applyRule(
  emitter: Emitter,
  ledger: Ledger,
  layer: Layer,
  rule: Rule,
  r: Relevance,
): Contributions {
  if (rule.kind === 'linear') return [applyLinear(emitter, ledger, layer, rule, r)]
  if (rule.kind !== 'norm') return applyPlain(emitter, layer, rule, r)
  if (!layer.operator.linear) return applyNorm(emitter, ledger, layer, rule.stabilizer, r)
  return [applyLinear(emitter, ledger, layer, epsilon({ stabilizer: rule.stabilizer }), r)]
}
