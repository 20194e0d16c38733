import type { Relevance } from '../compile/relevance.ts'
import { biasOf, denominator, inputOf, isForward, isNonNegative, type Site, weightOf } from './branches.ts'
import type { Branch, Stabilizer, Term } from './rule.ts'

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
export function quotient(
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

/** s = R / stab(d) of a term, noted in the ledger. */
export function overDenominator(site: Site, term: Term, branches: readonly Branch[], r: Relevance): string {
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
