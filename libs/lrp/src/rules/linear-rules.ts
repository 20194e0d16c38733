import {
  type Bound,
  type Branch,
  defaultStabilizer,
  type LinearRule,
  type Parameter,
  type ParameterForm,
  type RuleName,
  type Stabilizer,
  type Term,
} from './rule.ts'

/** Options that every rule on parameters takes. */
export interface LinearOptions {
  readonly stabilizer?: Stabilizer
  readonly zeroParams?: readonly Parameter[]
}

const branch = (
  input: Branch['input'],
  weight: ParameterForm,
  bias: ParameterForm,
  sign: 1 | -1 = 1,
): Branch => ({
  input,
  weight,
  bias,
  sign,
})

const linear = (name: RuleName, terms: readonly Term[], options: LinearOptions): LinearRule => ({
  kind: 'linear',
  name,
  terms,
  stabilizer: options.stabilizer ?? defaultStabilizer,
  zeroParams: options.zeroParams ?? [],
})

/** W+ on the positive part of the input, W- on the negative one; the positive bias enters the denominator once. */
const excitation: readonly Branch[] = [
  branch('positive', 'positive', 'positive'),
  branch('negative', 'negative', 'zero'),
]

/** The mirror image of {@link excitation}: everything that pulls the output down. */
const inhibition: readonly Branch[] = [
  branch('positive', 'negative', 'negative'),
  branch('negative', 'positive', 'zero'),
]

/** LRP-epsilon (Bach et al. 2015, eq. 58): x * W^T (R / stab(W x + b)). */
export const epsilon = (options: LinearOptions = {}): LinearRule =>
  linear('epsilon', [{ coefficient: 1, branches: [branch('input', 'plain', 'plain')] }], options)

/** LRP-z+ (Montavon et al. 2017): only what raises the output gets relevance. */
export const zPlus = (options: LinearOptions = {}): LinearRule =>
  linear('z_plus', [{ coefficient: 1, branches: excitation }], options)

/** LRP-alpha-beta (Bach et al. 2015, eq. 60); alpha - beta must be 1. */
export const alphaBeta = (alpha: number, beta: number, options: LinearOptions = {}): LinearRule =>
  linear(
    'alpha_beta',
    [
      { coefficient: alpha, branches: excitation },
      { coefficient: -beta, branches: inhibition },
    ].filter((term) => term.coefficient !== 0),
    options,
  )

/** Branches of generalised gamma for outputs of one sign: parameters of that sign are favoured. */
function gammaBranches(gamma: number, sign: 'positive' | 'negative'): readonly Branch[] {
  const same = { favour: sign, gamma }
  const other = { favour: sign === 'positive' ? 'negative' : 'positive', gamma } as const
  return [branch('positive', same, same), branch('negative', other, 'zero')]
}

/** Generalised LRP-gamma (Montavon et al. 2019; both signs of the output as in zennit 1.0). */
export const gamma = (value: number, options: LinearOptions = {}): LinearRule =>
  linear(
    'gamma',
    (['positive', 'negative'] as const).map((where) => ({
      coefficient: 1,
      where,
      branches: gammaBranches(value, where),
    })),
    options,
  )

/** LRP-zB for bounded inputs (Montavon et al. 2017): l and h are the lowest and highest input values. */
export const zBox = (low: Bound, high: Bound, options: LinearOptions = {}): LinearRule =>
  linear(
    'z_box',
    [
      {
        coefficient: 1,
        branches: [
          branch('input', 'plain', 'plain'),
          branch({ bound: low }, 'positive', 'positive', -1),
          branch({ bound: high }, 'negative', 'negative', -1),
        ],
      },
    ],
    options,
  )

/** LRP-w^2 (Montavon et al. 2017): relevance in proportion to squared weights, independent of the input. */
export const wSquare = (options: LinearOptions = {}): LinearRule =>
  linear('w_square', [{ coefficient: 1, branches: [branch('ones', 'square', 'square')] }], options)

/** LRP-flat (Lapuschkin et al. 2019): relevance spread evenly over the receptive field. */
export const flat = (options: LinearOptions = {}): LinearRule =>
  linear('flat', [{ coefficient: 1, branches: [branch('ones', 'ones', 'zero')] }], options)
