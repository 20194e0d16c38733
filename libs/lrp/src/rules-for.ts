import { type Assigned, assignRules } from './composites/composite.ts'
import { type CompositeSpec, compositeFrom } from './composites/spec.ts'
import type { Explainable } from './explainable.ts'
import type { Layer } from './layers/layer.ts'
import { checkRule } from './rules/apply.ts'
import { defaultStabilizer } from './rules/rule.ts'

/** What a layer gets that no entry of the composite matches. */
const unmatched = (layer: Layer): Assigned =>
  layer.type === 'sum'
    ? { rule: { kind: 'norm', name: 'norm', stabilizer: defaultStabilizer }, because: 'default of a sum' }
    : { rule: { kind: 'gradient', name: 'gradient' }, because: 'no entry matches: exact gradient' }

/**
 * The rule of every layer under a composite, with the entry that gave it. Throws `unknown-layer`,
 * `rule-parameter-invalid`, and `rule-not-applicable` where a rule was given to a layer that cannot carry it.
 */
export function rulesFor({ layers, lookup }: Explainable, spec: CompositeSpec): ReadonlyMap<Layer, Assigned> {
  const assigned = assignRules(compositeFrom(spec, lookup), layers, unmatched)
  for (const [layer, { rule }] of assigned) checkRule(layer, rule)
  return assigned
}
