import { type Static, type TProperties, Type } from 'typebox'
import { Index, optional, strict } from '../schema/fields.ts'
import { Tensor } from '../wire/tensor.ts'

const attributor = <N extends string, P extends TProperties>(name: N, parameters: P) =>
  strict({ name: Type.Literal(name), ...parameters })

const count = Type.Integer({ minimum: 1, maximum: 10_000 })
const Extents = Type.Union([count, Type.Array(count, { minItems: 1, maxItems: 3 })])
const Fill = Type.Union([Type.Number(), Tensor])

/** How relevance is gathered from backward passes. A new one is one line here. */
export const Attributor = Type.Union(
  [
    attributor('gradient', {}),
    attributor('input_x_gradient', {}),
    attributor('smooth_grad', {
      n_iter: optional(count, { default: 20 }),
      noise_level: optional(Type.Number({ minimum: 0 }), { default: 0.1 }),
      seed: optional(Index),
      noise: optional(Tensor, { description: '[n_iter - 1, …]; instead of `seed`.' }),
    }),
    attributor('integrated_gradients', {
      n_iter: optional(count, { default: 20 }),
      baseline: optional(Fill, { default: 0 }),
    }),
    attributor('occlusion', {
      window: optional(Extents, { default: 8 }),
      stride: optional(Extents, { default: 8 }),
      fill: optional(Fill, { default: 0 }),
    }),
  ],
  { title: 'Attributor' },
)
export type Attributor = Static<typeof Attributor>
