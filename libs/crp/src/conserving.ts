import type { Layer, LayerType, Rule, RuleName } from '@crp-serve/lrp'

/** Rules that hand on all the relevance that they do not note as absorbed, on any operator that they apply to. */
const conservingRules: readonly RuleName[] = [
  'epsilon',
  'gamma',
  'z_plus',
  'alpha_beta',
  'z_box',
  'w_square',
  'flat',
  'norm',
  'pass',
]

/** Operators without a type that scale what passes them by their exact gradient: products, functions and sums over axes. */
const scalingOps: readonly string[] = [
  'Abs',
  'Atan',
  'Ceil',
  'Cos',
  'CumSum',
  'Div',
  'Erf',
  'Exp',
  'Floor',
  'GlobalLpPool',
  'Log',
  'LpPool',
  'LRN',
  'Mul',
  'Neg',
  'Pow',
  'Reciprocal',
  'ReduceL1',
  'ReduceL2',
  'ReduceSum',
  'ReduceSumSquare',
  'Round',
  'Sign',
  'Sin',
  'Sqrt',
  'Sub',
]

/** Whether a layer's exact gradient moves relevance without changing its sum. */
const gradientConserves = ({ type, node }: Layer): boolean =>
  type === 'max_pool' || (type === null && !scalingOps.includes(node.op))

/** Whether a layer keeps the sum of relevance under a rule. */
export const conserves = (layer: Layer, rule: Rule): boolean =>
  conservingRules.includes(rule.name) || (rule.name === 'gradient' && gradientConserves(layer))

/** What a set of rules promises of the sum of relevance. */
export interface Conservation {
  /**
   * Whether the account of a row is held against its bound: every layer with weights keeps the sum, as the rules of LRP
   * do. Where these have their gradient, the sum means nothing.
   */
  readonly checked: boolean
  /** Layers that need not keep the sum, with their rules: `add_3 (gradient)`. They are named where an account fails. */
  readonly leaks: readonly string[]
}

const weighted: readonly (LayerType | null)[] = ['convolution', 'linear']

/** What the rules of the layers that relevance passes promise. */
export function conservationOf(rules: ReadonlyMap<Layer, Rule>): Conservation {
  const leaking = [...rules].filter(([layer, rule]) => !conserves(layer, rule))
  return {
    checked: leaking.every(([{ type }]) => !weighted.includes(type)),
    leaks: leaking.map(([{ name }, rule]) => `${name} (${rule.name})`),
  }
}
