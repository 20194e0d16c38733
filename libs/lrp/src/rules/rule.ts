/** How the denominator is kept away from zero (semantics.md, section 3: stab). */
export interface Stabilizer {
  /** Distance from zero; 1e-6 by default. */
  readonly epsilon: number
  /** Multiply epsilon by the root mean square of the denominator, per sample over `dim` (default: all axes but the batch). */
  readonly normScale: boolean
  /** Replace magnitudes below epsilon instead of adding to them. */
  readonly clip: boolean
  readonly dim: readonly number[] | null
}

/** The stabilizer that every rule starts from. */
export const defaultStabilizer: Stabilizer = { epsilon: 1e-6, normScale: false, clip: false, dim: null }

/** Row-major values of a bound. Its first axis is the batch: one row for all samples, or one for each. */
export interface BoundTensor {
  readonly dims: readonly number[]
  readonly data: ArrayLike<number>
}

/** Values of a z-box bound: one for all, one per channel, or a tensor that broadcasts to the input. */
export type Bound = number | readonly number[] | BoundTensor

/** What takes the place of the layer's input in one branch of a rule. */
export type InputForm = 'input' | 'positive' | 'negative' | 'ones' | { readonly bound: Bound }

/** What takes the place of a parameter (weight or bias) in one branch of a rule. */
export type ParameterForm =
  | 'plain'
  | 'positive'
  | 'negative'
  | 'square'
  | 'ones'
  | 'zero'
  | { readonly favour: 'positive' | 'negative'; readonly gamma: number }

/** One run of the linear operator on a modified input with modified parameters. */
export interface Branch {
  readonly input: InputForm
  readonly weight: ParameterForm
  readonly bias: ParameterForm
  /** Sign with which the branch enters the denominator and the result. */
  readonly sign: 1 | -1
}

/**
 * Branches that share one denominator: d = sum of sign * (W_i v_i + b_i), and the result is
 * coefficient * sum of sign * v_i * W_i^T (R / stab(d)).
 */
export interface Term {
  readonly coefficient: number
  /** Restricts the relevance to outputs of this sign (generalised gamma); everything where absent. */
  readonly where?: 'positive' | 'negative'
  readonly branches: readonly Branch[]
}

/** A rule on the parameters of a linear operator, as data (the general form of zennit, semantics.md section 3). */
export interface LinearRule {
  readonly kind: 'linear'
  readonly name: RuleName
  readonly terms: readonly Term[]
  readonly stabilizer: Stabilizer
  /** Parameters that count as zero. */
  readonly zeroParams: readonly Parameter[]
}

/** A rule that needs no parameters: it works on any layer with an exact gradient. */
export type PlainRule =
  | { readonly kind: 'norm'; readonly name: 'norm'; readonly stabilizer: Stabilizer }
  | { readonly kind: 'pass'; readonly name: 'pass' }
  | { readonly kind: 'gradient'; readonly name: 'gradient' }
  | { readonly kind: 'relu_deconvnet'; readonly name: 'relu_deconvnet' }
  | { readonly kind: 'relu_guided_backprop'; readonly name: 'relu_guided_backprop' }
  | { readonly kind: 'relu_beta_smooth'; readonly name: 'relu_beta_smooth'; readonly beta: number }

export type Rule = LinearRule | PlainRule

export const parameters = ['weight', 'bias'] as const
export type Parameter = (typeof parameters)[number]

const plainNames = [
  'norm',
  'pass',
  'gradient',
  'relu_deconvnet',
  'relu_guided_backprop',
  'relu_beta_smooth',
] as const

export const ruleNames = [
  'epsilon',
  'gamma',
  'z_plus',
  'alpha_beta',
  'z_box',
  'w_square',
  'flat',
  ...plainNames,
] as const
export type RuleName = (typeof ruleNames)[number]

/** The kind of the rules of a name. */
export const kindOf = (name: RuleName): Rule['kind'] => plainNames.find((plain) => plain === name) ?? 'linear'
