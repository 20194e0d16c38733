import { LrpError } from '../errors.ts'
import type { Bound } from '../rules/rule.ts'
import { type RuleSpec, ruleFrom, type StabilizerSpec } from '../rules/spec.ts'
import { type Composite, type Entry, firstLayerMap, firstOf, layerMap, type Match } from './composite.ts'

export const compositeNames = [
  'epsilon_plus',
  'epsilon_plus_flat',
  'epsilon_alpha2_beta1',
  'epsilon_alpha2_beta1_flat',
  'epsilon_gamma_box',
  'deconvnet',
  'guided_backprop',
  'excitation_backprop',
  'beta_smooth',
  'gradient',
] as const
export type CompositeName = (typeof compositeNames)[number]

/** A named composite with its parameters (api.md, composite object). */
export interface NamedCompositeSpec {
  readonly name: CompositeName
  readonly epsilon?: StabilizerSpec | null
  readonly stabilizer?: StabilizerSpec | null
  readonly gamma?: number | null
  readonly low?: Bound | null
  readonly high?: Bound | null
  readonly beta_smooth?: number | null
  readonly zero_params?: readonly string[] | null
}

type TypeName = Extract<Match, { type: unknown }>['type']
type Parameter = Exclude<keyof NamedCompositeSpec, 'name'>
type Line = Omit<Entry, 'place'>
type Entries = (spec: NamedCompositeSpec) => readonly Line[]

/** For composites that modify the gradient: an addition hands it on to every summand. */
const sumsAsGradient = (): readonly Line[] => [entry('sum', { name: 'gradient' })]

/** How a composite is made: the parameters it takes, its entries by layer type, and those for the first layer. */
interface Recipe {
  readonly takes: readonly Parameter[]
  readonly layers: Entries
  readonly first?: Entries
}

const entry = (type: TypeName, rule: RuleSpec): Line => ({ match: { type }, rule: ruleFrom(rule) })

/** The options that rules on parameters share, as far as the composite was given them. */
const shared = ({ stabilizer, zero_params }: NamedCompositeSpec) => ({
  stabilizer: stabilizer ?? null,
  zero_params: zero_params ?? null,
})

const norm = (type: TypeName, spec: NamedCompositeSpec): Line =>
  entry(type, { name: 'norm', stabilizer: spec.stabilizer ?? null })

/** What the LRP composites share: activations pass, sums and average pools are shared out (semantics.md, section 4). */
const common: Entries = (spec) => [
  entry('activation', { name: 'pass' }),
  norm('sum', spec),
  norm('average_pool', spec),
  entry('batch_norm', { name: 'pass' }),
]

/** Convolutions by one rule, fully connected layers by epsilon. */
const onConvolutions =
  (rule: (spec: NamedCompositeSpec) => RuleSpec): Entries =>
  (spec) => [
    ...common(spec),
    entry('convolution', { ...rule(spec), ...shared(spec) }),
    entry('linear', {
      name: 'epsilon',
      epsilon: spec.epsilon ?? null,
      zero_params: spec.zero_params ?? null,
    }),
  ]

const flatFirst: Entries = (spec) => [entry('any_linear', { name: 'flat', ...shared(spec) })]

const epsilonPlus: Recipe = {
  takes: ['epsilon', 'stabilizer', 'zero_params'],
  layers: onConvolutions(() => ({ name: 'z_plus' })),
}

const epsilonAlpha2Beta1: Recipe = {
  takes: ['epsilon', 'stabilizer', 'zero_params'],
  layers: onConvolutions(() => ({ name: 'alpha_beta', alpha: 2, beta: 1 })),
}

const recipes: Readonly<Record<CompositeName, Recipe>> = {
  epsilon_plus: epsilonPlus,
  epsilon_plus_flat: { ...epsilonPlus, first: flatFirst },
  epsilon_alpha2_beta1: epsilonAlpha2Beta1,
  epsilon_alpha2_beta1_flat: { ...epsilonAlpha2Beta1, first: flatFirst },
  epsilon_gamma_box: {
    takes: ['epsilon', 'stabilizer', 'zero_params', 'gamma', 'low', 'high'],
    layers: onConvolutions((spec) => ({ name: 'gamma', gamma: spec.gamma ?? null })),
    first: (spec) => [
      entry('convolution', {
        name: 'z_box',
        low: spec.low ?? null,
        high: spec.high ?? null,
        ...shared(spec),
      }),
    ],
  },
  deconvnet: { takes: [], layers: () => [entry('relu', { name: 'relu_deconvnet' }), ...sumsAsGradient()] },
  guided_backprop: {
    takes: [],
    layers: () => [entry('relu', { name: 'relu_guided_backprop' }), ...sumsAsGradient()],
  },
  excitation_backprop: {
    takes: ['stabilizer', 'zero_params'],
    layers: (spec) => [
      norm('sum', spec),
      norm('average_pool', spec),
      entry('any_linear', { name: 'z_plus', ...shared(spec) }),
    ],
  },
  beta_smooth: {
    takes: ['beta_smooth'],
    layers: ({ beta_smooth }) => [
      entry('relu', { name: 'relu_beta_smooth', beta_smooth: beta_smooth ?? null }),
      ...sumsAsGradient(),
    ],
  },
  gradient: { takes: [], layers: sumsAsGradient },
}

function refuseForeign(spec: NamedCompositeSpec, takes: readonly Parameter[]): void {
  const given = (Object.keys(spec) as (keyof NamedCompositeSpec)[]).filter((key) => spec[key] != null)
  const foreign = given.find((key) => key !== 'name' && !takes.includes(key))
  if (foreign === undefined) return
  const allowed = takes.length === 0 ? 'no parameters' : takes.join(', ')
  throw new LrpError(
    'rule-parameter-invalid',
    `the composite ${spec.name} takes ${allowed}, not ${foreign}`,
    { parameter: foreign },
    `/${foreign}`,
  )
}

/**
 * A composite by its name; its parameters have the names of those of its rules. Throws `rule-parameter-invalid` for
 * parameters out of range or that it does not take.
 * @param place JSON pointer of the composite, where it is the base of another one
 */
export function namedComposite(spec: NamedCompositeSpec, place: string): Composite {
  const recipe = recipes[spec.name]
  refuseForeign(spec, recipe.takes)
  const entries = (lines: readonly Line[]) => lines.map((line) => ({ ...line, place }))
  const layers = layerMap(spec.name, entries(recipe.layers(spec)))
  return recipe.first ? firstOf([firstLayerMap(spec.name, entries(recipe.first(spec))), layers]) : layers
}
