import type { Emitter } from '../compile/emitter.ts'
import type { Ledger } from '../compile/ledger.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import type { Contributions } from '../operators/operator.ts'
import { biasOf, inputOf, liveBranches, type Site, weightOf } from './branches.ts'
import { epsilon } from './linear-rules.ts'
import { overDenominator, quotient } from './quotient.ts'
import type { Branch, LinearRule, PlainRule, Rule, Stabilizer, Term } from './rule.ts'

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
