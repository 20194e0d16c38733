import { type Static, type TProperties, Type } from 'typebox'
import { optional, strict } from '../schema/fields.ts'
import { Tensor } from '../wire/tensor.ts'

/** What keeps a denominator from zero: epsilon alone, or in full. */
export const Stabilizer = Type.Union(
  [
    Type.Number({ exclusiveMinimum: 0 }),
    strict({
      epsilon: optional(Type.Number({ exclusiveMinimum: 0 }), { default: 1e-6 }),
      norm_scale: optional(Type.Boolean(), {
        default: false,
        description: 'Scale epsilon by the root mean square of the denominator.',
      }),
      clip: optional(Type.Boolean(), {
        default: false,
        description: 'Clip the magnitude instead of adding.',
      }),
      dim: optional(Type.Array(Type.Integer()), {
        description: 'Axes of the mean; all but the batch by default.',
      }),
    }),
  ],
  { title: 'Stabilizer' },
)
export type Stabilizer = Static<typeof Stabilizer>

/** A bound of the input of a layer. */
export const Bound = Type.Union([Type.Number(), Type.Array(Type.Number(), { minItems: 1 }), Tensor], {
  title: 'Bound',
  description: 'A number, one per channel, or a tensor that broadcasts to the input.',
})
export type Bound = Static<typeof Bound>

/** Parameters that count as zero inside a rule. */
export const ZeroParams = Type.Array(Type.Enum(['weight', 'bias']), { uniqueItems: true })

const stabilizer = optional(Stabilizer, { default: 1e-6 })
const zeroParams = optional(ZeroParams, { default: [] })

const rule = <N extends string, P extends TProperties>(name: N, parameters: P) =>
  strict({ name: Type.Literal(name), ...parameters })

/** A propagation rule with its parameters. A new rule is one line here. */
export const Rule = Type.Union(
  [
    rule('epsilon', { epsilon: stabilizer, zero_params: zeroParams }),
    rule('gamma', {
      gamma: optional(Type.Number({ minimum: 0 }), { default: 0.25 }),
      stabilizer,
      zero_params: zeroParams,
    }),
    rule('z_plus', { stabilizer, zero_params: zeroParams }),
    rule('alpha_beta', {
      alpha: optional(Type.Number({ minimum: 0 }), { default: 2 }),
      beta: optional(Type.Number({ minimum: 0 }), { default: 1 }),
      stabilizer,
      zero_params: zeroParams,
    }),
    rule('z_box', { low: Bound, high: Bound, stabilizer, zero_params: zeroParams }),
    rule('w_square', { stabilizer, zero_params: zeroParams }),
    rule('flat', { stabilizer, zero_params: zeroParams }),
    rule('norm', { stabilizer }),
    rule('pass', {}),
    rule('gradient', {}),
    rule('relu_deconvnet', {}),
    rule('relu_guided_backprop', {}),
    rule('relu_beta_smooth', {
      beta_smooth: optional(Type.Number({ exclusiveMinimum: 0 }), { default: 10 }),
    }),
  ],
  { title: 'Rule' },
)
export type Rule = Static<typeof Rule>

/** Kinds of layers that a composite can match. */
export const LayerType = Type.Enum(
  [
    'convolution',
    'linear',
    'any_linear',
    'activation',
    'sum',
    'average_pool',
    'batch_norm',
    'max_pool',
    'normalization',
    'softmax',
    'matmul',
  ],
  { title: 'LayerType' },
)
export type LayerType = Static<typeof LayerType>
