import { type Static, type TProperties, Type } from 'typebox'
import { optional, strict } from '../schema/fields.ts'
import { Bound, LayerType, Rule, Stabilizer, ZeroParams } from './rules.ts'

const stabilizer = optional(Stabilizer, { default: 1e-6 })
const epsilon = optional(Stabilizer, { default: 1e-6, description: 'Stabilizer of the epsilon rule.' })
const zero_params = optional(ZeroParams, { default: [] })
const common = { epsilon, stabilizer, zero_params }

const named = <N extends string, P extends TProperties>(name: N, parameters: P) =>
  strict({ name: Type.Literal(name), ...parameters })

/** The named composites with their parameters. A new composite is one line here. */
const namedComposites = [
  named('epsilon_plus', common),
  named('epsilon_plus_flat', common),
  named('epsilon_alpha2_beta1', common),
  named('epsilon_alpha2_beta1_flat', common),
  named('epsilon_gamma_box', {
    low: Bound,
    high: Bound,
    gamma: optional(Type.Number({ minimum: 0 }), { default: 0.25 }),
    ...common,
  }),
  named('deconvnet', {}),
  named('guided_backprop', {}),
  named('excitation_backprop', { stabilizer, zero_params }),
  named('beta_smooth', { beta_smooth: optional(Type.Number({ exclusiveMinimum: 0 }), { default: 10 }) }),
  named('gradient', {}),
] as const

/** A named composite with parameters. */
export const NamedComposite = Type.Union([...namedComposites], { title: 'NamedComposite' })
export type NamedComposite = Static<typeof NamedComposite>

/** A composite by its name alone. `epsilon_gamma_box` is not among them: its bounds have no default. */
export const CompositeName = Type.Enum(
  [
    'epsilon_plus',
    'epsilon_plus_flat',
    'epsilon_alpha2_beta1',
    'epsilon_alpha2_beta1_flat',
    'deconvnet',
    'guided_backprop',
    'excitation_backprop',
    'beta_smooth',
    'gradient',
  ],
  { title: 'CompositeName' },
)
export type CompositeName = Static<typeof CompositeName>

/** Which layers an entry is for: one by name, or all of a type. */
export const Match = Type.Union(
  [strict({ name: Type.String({ minLength: 1 }) }), strict({ type: LayerType })],
  { title: 'Match' },
)
export type Match = Static<typeof Match>

/** One line of an explicit composite. */
export const Assignment = strict({ match: Match, rule: Rule }, { title: 'Assignment' })
export type Assignment = Static<typeof Assignment>

/** A composite spelled out; the first match wins. */
export const ExplicitComposite = strict(
  {
    layers: optional(Type.Array(Assignment), { default: [] }),
    first: optional(Type.Array(Assignment), {
      default: [],
      description: 'Tried before `layers`, on the first layer that matches.',
    }),
    base: optional(Type.Union([CompositeName, NamedComposite]), { description: 'Tried after `layers`.' }),
    canonize: optional(strict({ merge_batch_norm: optional(Type.Boolean(), { default: true }) })),
  },
  { title: 'ExplicitComposite' },
)
export type ExplicitComposite = Static<typeof ExplicitComposite>

/** Which rule every layer gets. */
export const Composite = Type.Union([CompositeName, NamedComposite, ExplicitComposite], {
  title: 'Composite',
})
export type Composite = Static<typeof Composite>
