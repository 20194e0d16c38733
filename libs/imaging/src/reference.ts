import { type CropRange, cropPlane, cropRange, fieldOf, type Plane } from './field.ts'
import type { RgbImage } from './image.ts'
import { imgify } from './imgify.ts'

/** A sample that a concept was found in: ready-preprocessed values [channels, height, width], and the heatmap over it. */
export interface Reference {
  readonly channels: number
  readonly height: number
  readonly width: number
  /** Row-major [channels, height, width]. */
  readonly values: Float32Array
  /** Row-major [height, width]. */
  readonly heatmap: Float32Array
}

interface FieldOptions {
  /** Cut to the part of the field above this, or null for the whole picture. */
  readonly cropThreshold: number | null
  /** Cut to this instead, whatever the field. */
  readonly range?: CropRange | undefined
  /** Taps of the blur, odd; default 19. */
  readonly kernelSize?: number
}

export interface OpaqueOptions extends FieldOptions {
  /** Share of the values that stays outside of the field; default 0.3. */
  readonly alpha?: number
  /** What the field counts as above; default 0.2. */
  readonly visibleThreshold?: number
}

export interface HeatmapOptions extends FieldOptions {
  /** Default `bwr`. */
  readonly colormap?: string
  /** Default true. */
  readonly symmetric?: boolean
  /** Contrast; default 1. */
  readonly level?: number
}

/** The threshold above which the field is cut out where nothing else is asked for. */
export const defaultCropThreshold = 0.1

const defaultKernelSize = 19

const planes = ({ channels, height, width, values }: Reference): Plane[] =>
  Array.from({ length: channels }, (_, c) => ({
    height,
    width,
    data: values.subarray(c * height * width, (c + 1) * height * width),
  }))

const picture = (channels: readonly Plane[], options = {}): RgbImage => {
  const [{ height, width }] = channels as [Plane]
  const data = Float32Array.from(channels.flatMap((plane) => Array.from(plane.data)))
  return imgify({ shape: [channels.length, height, width], data }, options)
}

const isEmpty = ({ top, bottom, left, right }: CropRange): boolean => bottom <= top || right <= left

const whole = ({ height, width }: Plane): CropRange => ({ top: 0, bottom: height, left: 0, right: width })

/** What is shown of a field: all of it where nothing is to be cut, or nothing would be left. */
function shownRange(
  field: Plane,
  { cropThreshold, range }: FieldOptions,
  shows: (range: CropRange) => boolean,
): CropRange {
  if (range) return isEmpty(range) ? whole(field) : range
  if (cropThreshold === null) return whole(field)
  const above = cropRange(field, cropThreshold)
  return isEmpty(above) || !shows(above) ? whole(field) : above
}

/**
 * A sample with everything but the field of a concept dimmed (zennit-crp's `vis_opaque_img`; semantics.md, section 9).
 * @throws ImagingError `heatmap-not-finite`, `render-invalid`
 */
export function opaqueImage(reference: Reference, options: OpaqueOptions): RgbImage {
  const { alpha = 0.3, visibleThreshold = 0.2, kernelSize = defaultKernelSize } = options
  const field = fieldOf({ ...reference, data: reference.heatmap }, kernelSize)
  const dimmed = planes(reference).map((plane) => ({
    ...plane,
    data: Float32Array.from(plane.data, (value, i) =>
      field.data[i]! > visibleThreshold ? value : value * Math.fround(alpha),
    ),
  }))
  const isVisible = (range: CropRange) =>
    Array.from(cropPlane(field, range).data).some((value) => value > visibleThreshold)
  const range = shownRange(field, options, isVisible)
  return picture(dimmed.map((plane) => cropPlane(plane, range)))
}

/**
 * A sample and the heatmap of a concept beside it, both cut in the same way (zennit-crp's `vis_img_heatmap`), and how.
 * @throws ImagingError `heatmap-not-finite`, `render-invalid`, `colormap-invalid`
 */
export function heatmapImages(
  reference: Reference,
  options: HeatmapOptions,
): { readonly image: RgbImage; readonly heatmap: RgbImage; readonly shown: CropRange } {
  const { kernelSize = defaultKernelSize, colormap = 'bwr', symmetric = true, level = 1 } = options
  const heatmap = { ...reference, data: reference.heatmap }
  const range = shownRange(fieldOf(heatmap, kernelSize), options, () => true)
  return {
    image: picture(planes(reference).map((plane) => cropPlane(plane, range))),
    heatmap: picture([cropPlane(heatmap, range)], { colormap, symmetric, level }),
    shown: range,
  }
}
