import { type Assigned, assignRules } from './composites/composite.ts'
import { type CompositeSpec, compositeFrom } from './composites/spec.ts'
import { within } from './errors.ts'
import type { Explainable } from './explainable.ts'
import type { Layer } from './layers/layer.ts'
import { checkRule } from './rules/check.ts'
import { defaultStabilizer } from './rules/rule.ts'

const isProduct = ({ node, inputs }: Layer): boolean =>
  inputs.length > 1 && ['Mul', 'Div', 'MatMul'].includes(node.op)

/** What a layer gets that no entry of the composite matches. */
function unmatched(layer: Layer): Assigned {
  if (layer.type === 'sum')
    return {
      rule: { kind: 'norm', name: 'norm', stabilizer: defaultStabilizer },
      because: 'default of a sum',
      place: null,
    }
  const remark = isProduct(layer)
    ? ' to each factor of the product, which may add up to more than it has'
    : ''
  return {
    rule: { kind: 'gradient', name: 'gradient' },
    because: `no entry matches: exact gradient${remark}`,
    place: null,
  }
}

/**
 * The rule of every layer under a composite, with the entry that gave it. Throws `unknown-layer`,
 * `rule-parameter-invalid`, and `rule-not-applicable` where a rule was given to a layer that cannot carry it; each has
 * the place of what is at fault in the composite.
 */
export function rulesFor(
  { layers, lookup, facts }: Explainable,
  spec: CompositeSpec,
): ReadonlyMap<Layer, Assigned> {
  const assigned = assignRules(compositeFrom(spec, lookup), layers, unmatched)
  for (const [layer, { rule, place }] of assigned) within(place ?? '', () => checkRule(layer, rule, facts))
  return assigned
}
