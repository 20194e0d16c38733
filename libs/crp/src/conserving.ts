import type { Layer, LayerType, Rule, RuleName } from '@crp-serve/lrp'

/** Rules that hand on all the relevance that they do not note as absorbed, on any operator that they apply to. */
const conservingRules: readonly RuleName[] = [
  'epsilon',
  'gamma',
  'z_plus',
  'alpha_beta',
  'w_square',
  'flat',
  'norm',
  'pass',
]

/** Layers whose exact gradient moves relevance without changing its sum; null stands for reshapes, slices and the like. */
const conservingGradients: readonly (LayerType | null)[] = [null, 'max_pool']

/** Whether a layer keeps the sum of relevance under a rule. */
export const conserves = (layer: Layer, rule: Rule): boolean =>
  conservingRules.includes(rule.name) ||
  (rule.name === 'gradient' && conservingGradients.includes(layer.type))

/** Whether every layer keeps the sum of relevance under its rule, so that the account of a row must balance. */
export const allConserve = (rules: ReadonlyMap<Layer, Rule>): boolean =>
  [...rules].every(([layer, rule]) => conserves(layer, rule))
