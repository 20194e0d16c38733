import { type Static, type TProperties, Type } from 'typebox'
import { optional, strict } from '../schema/fields.ts'
import { Tensor } from '../wire/tensor.ts'

const attributor = <N extends string, P extends TProperties>(name: N, parameters: P, description: string) =>
  strict({ name: Type.Literal(name), ...parameters }, { description })

const count = Type.Integer({ minimum: 1, maximum: 10_000 })
const Extents = Type.Union([count, Type.Array(count, { minItems: 1, maxItems: 8 })])
const Fill = Type.Union([Type.Number(), Tensor])
const shapes = '[…] as one sample, or with a row for all samples or one for each in front.'

/** How relevance is gathered from backward passes. A new one is one line here. */
export const Attributor = Type.Union(
  [
    attributor('gradient', {}, 'The relevance at the input, of one pass.'),
    attributor('input_x_gradient', {}, 'The relevance at the input times the input.'),
    attributor(
      'smooth_grad',
      {
        n_iter: optional(count, { default: 20 }),
        noise_level: optional(Type.Number({ minimum: 0 }), {
          default: 0.1,
          description: 'Standard deviation of the noise over the range of the values of the sample.',
        }),
        seed: optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), {
          default: 0,
          description:
            'Of the noise (xoshiro128**, Box-Muller), which is the same for a sample in whatever company it comes.',
        }),
        noise: optional(Tensor, {
          description: `Standard normal numbers instead of \`seed\`: [n_iter - 1, …], where … is ${shapes}`,
        }),
      },
      'The mean over noisy copies of the sample, the last of which has no noise.',
    ),
    attributor(
      'integrated_gradients',
      {
        n_iter: optional(count, { default: 20 }),
        baseline: optional(Fill, { default: 0, description: `A number, or a tensor: ${shapes}` }),
      },
      'The mean along the line from the baseline to the sample, at 1/n, 2/n, …, 1, times their difference.',
    ),
    attributor(
      'occlusion',
      {
        window: optional(Extents, {
          default: 8,
          description:
            'One number for all axes, or one for each of the last ones: the others are taken whole.',
        }),
        stride: optional(Extents, { default: 8 }),
        fill: optional(Fill, {
          description: `What the window is filled with, a number or a tensor: ${shapes} Without it the window stays and its surroundings become 0.`,
        }),
        invert: optional(Type.Boolean(), {
          description:
            'Whether the inside of the window is filled and not its surroundings; the default is true where there is a `fill`.',
        }),
      },
      'The sums of the start relevance over sliding windows; a window that does not fit wraps around.',
    ),
  ],
  {
    title: 'Attributor',
    description:
      '`heatmap` and `input_relevance` are gathered from all passes; `prediction`, `layers` and `trust` are those of the pass over the sample itself.',
  },
)
export type Attributor = Static<typeof Attributor>
