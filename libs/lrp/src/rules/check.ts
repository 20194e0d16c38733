import type { GraphFacts } from '../compile/facts.ts'
import { LrpError } from '../errors.ts'
import type { Layer } from '../layers/layer.ts'
import { sameShape } from '../operators/operands.ts'
import { checkBounds } from './bound.ts'
import { kindOf, type Rule, type RuleName, ruleNames } from './rule.ts'

/** Why a rule of a kind cannot be given to a layer, or null. */
function misfit(layer: Layer, kind: Rule['kind'], facts: GraphFacts): string | null {
  if (kind === 'linear' && !layer.operator.linear) return 'it has no weights'
  if (kind === 'pass' && layer.inputs.length !== 1 && layer.signal === null)
    return 'it has several inputs, and none of them is a signal that the others gate'
  if (kind === 'pass' && !sameShape(facts, layer.inputs[layer.signal ?? 0]!, layer.output))
    return 'its input and its output differ in shape'
  if (kind.startsWith('relu_') && layer.type !== 'activation') return 'it is no activation'
  return null
}

/** The rules that a layer can be given. */
const fitting = (layer: Layer, facts: GraphFacts): readonly RuleName[] =>
  ruleNames.filter((name) => misfit(layer, kindOf(name), facts) === null)

/** Throws `rule-parameter-invalid` where the mean of a stabilizer is not taken along axes of one sample's output. */
function checkStabilizer(layer: Layer, rule: Rule, facts: GraphFacts): void {
  if (rule.kind !== 'linear' && rule.kind !== 'norm') return
  const rank = facts.rank(layer.output)
  const isOutside = (axis: number) => {
    const fromFront = axis < 0 ? axis + rank : axis
    return fromFront < 1 || fromFront >= rank
  }
  const { dim } = rule.stabilizer
  if (dim === null || (dim.length > 0 && !dim.some(isOutside))) return
  const parameter = rule.name === 'epsilon' ? 'epsilon' : 'stabilizer'
  const message = `the axes [${dim.join(', ')}] of the stabilizer must be some of 1 to ${rank - 1}, or counted from the end, at the layer ${layer.name}`
  throw new LrpError('rule-parameter-invalid', message, { parameter }, `/${parameter}/dim`)
}

/**
 * Throws `rule-not-applicable` where a rule was given to a layer that cannot carry it, and `rule-parameter-invalid`
 * where its parameters do not fit the layer.
 */
export function checkRule(layer: Layer, rule: Rule, facts: GraphFacts): void {
  const reason = misfit(layer, rule.kind, facts)
  if (reason !== null) {
    const allowed = fitting(layer, facts)
    const message = `the rule ${rule.name} cannot be used on ${layer.node.op} ${layer.name}: ${reason}; it can carry ${allowed.join(', ')}`
    throw new LrpError('rule-not-applicable', message, { layer: layer.name, rule: rule.name, allowed })
  }
  checkStabilizer(layer, rule, facts)
  if (rule.kind === 'linear') checkBounds(rule, layer.name, facts.sizes(layer.inputs[0]!))
}
