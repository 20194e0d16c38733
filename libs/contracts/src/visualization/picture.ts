import { type Static, Type } from 'typebox'
import { problemAt } from '../errors/problem.ts'

/** How a reference is drawn. */
export const PictureStyle = Type.Enum(['opaque', 'plain', 'heatmap'], {
  default: 'opaque',
  description:
    '`opaque`: the sample, dimmed where the concept is not; `plain`: the sample; `heatmap`: the relevance of the concept.',
})
export type PictureStyle = Static<typeof PictureStyle>

/** The fields of a query that say how references are drawn. */
export const pictureFields = {
  style: Type.Optional(PictureStyle),
  crop: Type.Optional(
    Type.Enum(['field', 'peer', 'none'], {
      default: 'field',
      description:
        '`field`: the receptive field of the stored neuron; `peer`: where the blurred heatmap exceeds `crop_th`, as zennit-crp crops; `none`: the whole sample.',
    }),
  ),
  start: Type.Optional(
    Type.Enum(['class', 'layer'], {
      default: 'class',
      description:
        'Where the relevance of the heatmap starts: at the class that the sample was ranked for, or at the activation of the layer, as in zennit-crp.',
    }),
  ),
  rf: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Only the stored neuron of the channel keeps its relevance, instead of all of them.',
    }),
  ),
  alpha: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.3,
      description: '`opaque`: what stays of dimmed values.',
    }),
  ),
  vis_th: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.2,
      description: '`opaque`: share of the highest relevance above which a pixel is not dimmed.',
    }),
  ),
  crop_th: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.1,
      description: '`crop=peer`: share of the highest relevance above which a pixel is kept.',
    }),
  ),
  kernel_size: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 255,
      default: 19,
      description: 'Taps of the Gaussian blur of the heatmap, odd.',
    }),
  ),
  colormap: Type.Optional(Type.String({ minLength: 1, maxLength: 256, default: 'bwr' })),
  symmetric: Type.Optional(
    Type.Boolean({ default: true, description: 'Zero in the middle of the colour map.' }),
  ),
  level: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      default: 1,
      description: 'Share of the range at which colours saturate.',
    }),
  ),
  size: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 2048,
      description: 'Side of a transparent square that the picture is fitted into; without it, its own size.',
    }),
  ),
}

/** How references are drawn, every default filled in. */
export interface PictureTask {
  readonly style: 'opaque' | 'plain' | 'heatmap'
  readonly crop: 'field' | 'peer' | 'none'
  readonly start: 'class' | 'layer'
  readonly rf: boolean
  readonly alpha: number
  readonly visThreshold: number
  readonly cropThreshold: number
  readonly kernelSize: number
  readonly colormap: string
  readonly symmetric: boolean
  readonly level: number
  /** Side of a square, in pixels, or null. */
  readonly size: number | null
}

const PictureQuery = Type.Object(pictureFields)

/**
 * The picture that a query asks for.
 * @throws ProblemError `render-invalid`
 */
export function pictureTask(query: Static<typeof PictureQuery> = {}): PictureTask {
  const { kernel_size: kernelSize = 19 } = query
  if (kernelSize % 2 === 0)
    throw problemAt('render-invalid', '/querystring/kernel_size', `is ${kernelSize}; it must be odd`)
  return {
    style: query.style ?? 'opaque',
    crop: query.crop ?? 'field',
    start: query.start ?? 'class',
    rf: query.rf ?? false,
    alpha: query.alpha ?? 0.3,
    visThreshold: query.vis_th ?? 0.2,
    cropThreshold: query.crop_th ?? 0.1,
    kernelSize,
    colormap: query.colormap ?? 'bwr',
    symmetric: query.symmetric ?? true,
    level: query.level ?? 1,
    size: query.size ?? null,
  }
}

const queryFields = (task: PictureTask) => ({
  style: task.style,
  crop: task.crop,
  start: task.start,
  rf: task.rf,
  alpha: task.alpha,
  vis_th: task.visThreshold,
  crop_th: task.cropThreshold,
  kernel_size: task.kernelSize,
  colormap: task.colormap,
  symmetric: task.symmetric,
  level: task.level,
  size: task.size,
})

/** The fields of a query that ask for a picture: what differs from the defaults. */
export function pictureQuery(task: PictureTask): Record<string, string> {
  const defaults: Readonly<Record<string, unknown>> = queryFields(pictureTask())
  const given = Object.entries(queryFields(task)).filter(([name, value]) => value !== defaults[name])
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]))
}
