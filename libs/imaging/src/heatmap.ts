import { ImagingError } from './errors.ts'
import type { RgbImage } from './image.ts'
import { imgify } from './imgify.ts'
import { encodePng } from './png.ts'
import { resizeImage } from './resample.ts'

/** `output.render` of the HTTP API. */
export interface RenderOptions {
  /** A name of `colormaps` or a list of nodes; default `bwr`. */
  readonly colormap?: string
  /** Zero is the centre of the colour map; default true. */
  readonly symmetric?: boolean
  /** Contrast; default 1. */
  readonly level?: number
  /** The background's share of every pixel, 0 (default: the heatmap alone) to 1. */
  readonly overlay?: number
  /** Side of the square that one value becomes, in pixels, 1 (default) to 64. */
  readonly scale?: number
}

/**
 * Renders a heatmap.
 * @param values relevance, row-major [h, w]
 * @param background what lies below when `overlay` is above 0, usually `resizeAndCrop` of the input; brought to
 * [h, w] (bilinear) where it has another size
 * @returns PNG of w * scale x h * scale pixels
 * @throws ImagingError `render-invalid`, `colormap-invalid`, `heatmap-not-finite`
 */
export async function renderHeatmap(
  values: Float32Array,
  shape: readonly [height: number, width: number],
  options: RenderOptions = {},
  background?: RgbImage,
): Promise<Uint8Array> {
  const { symmetric = true, overlay = 0, scale = 1, ...colours } = options
  checkRange('overlay', overlay, overlay >= 0 && overlay <= 1, 'a number from 0 to 1')
  checkRange('scale', scale, Number.isInteger(scale) && scale >= 1 && scale <= 64, 'an integer from 1 to 64')
  if (overlay > 0 && background === undefined) {
    throw new ImagingError('render-invalid', 'overlay needs an input image to lie over.', {
      pointer: '/overlay',
    })
  }
  const heat = imgify({ shape, data: values }, { ...colours, symmetric })
  const blended = overlay > 0 ? blend(heat, background!, overlay) : heat
  const { width, height, rgb } = enlarge(blended, scale)
  return encodePng(rgb, width, height)
}

function checkRange(name: string, value: number, inRange: boolean, wanted: string): void {
  if (!inRange)
    throw new ImagingError('render-invalid', `${name} is ${value}; it must be ${wanted}.`, {
      pointer: `/${name}`,
    })
}

function blend(heat: RgbImage, background: RgbImage, share: number): RgbImage {
  const below = resizeImage(background, heat.width, heat.height, 'bilinear').rgb
  const rgb = new Uint8Array(heat.rgb.length)
  for (let i = 0; i < rgb.length; i++) rgb[i] = Math.round(heat.rgb[i]! * (1 - share) + below[i]! * share)
  return { ...heat, rgb }
}

function enlarge(image: RgbImage, scale: number): RgbImage {
  return resizeImage(image, image.width * scale, image.height * scale, 'nearest')
}
