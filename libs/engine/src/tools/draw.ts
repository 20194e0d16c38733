import {
  type CropRange,
  type DecodeLimits,
  decodeImage,
  encodePng,
  fitted,
  heatmapImages,
  ImagingError,
  imageSheet,
  opaqueImage,
  pngSize,
  type Reference,
  type RgbImage,
} from '@crp-serve/imaging'

/** How a reference is drawn. */
export interface DrawOptions {
  readonly style: 'opaque' | 'plain' | 'heatmap'
  /** Cut to this; null: not by a field that is known. */
  readonly range: CropRange | null
  /** Cut to where the blurred heatmap exceeds this share of its maximum; null: not so. */
  readonly cropThreshold: number | null
  readonly kernelSize: number
  readonly alpha: number
  readonly visibleThreshold: number
  readonly colormap: string
  readonly symmetric: boolean
  readonly level: number
  /** Side of a transparent square to fit into; null: the picture's own size. */
  readonly size: number | null
}

/** A sample as numbers: row-major [channels, height, width], of one channel or three. */
export type SamplePlanes = Omit<Reference, 'heatmap'>

/** A reference to be drawn. */
export interface DrawRequest {
  /** The picture that the model sees, or the sample as numbers. */
  readonly sample: RgbImage | SamplePlanes
  /** Relevance of the concept, row-major [height, width]; null where none is needed. */
  readonly heatmap: Float32Array | null
  readonly options: DrawOptions
}

const isPicture = (sample: DrawRequest['sample']): sample is RgbImage => 'rgb' in sample

/** A picture as planes of values in 0 to 1, as data sets of PyTorch have them. */
function planesOf({ width, height, rgb }: RgbImage): SamplePlanes {
  const size = width * height
  const values = new Float32Array(3 * size)
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < size; i++) values[c * size + i] = rgb[i * 3 + c]! / 255
  }
  return { channels: 3, height, width, values }
}

function referenceOf({ sample, heatmap }: DrawRequest): Reference {
  const planes = isPicture(sample) ? planesOf(sample) : sample
  return { ...planes, heatmap: heatmap ?? new Float32Array(planes.height * planes.width) }
}

/** The part of an image inside a range. */
function cut({ width, rgb }: RgbImage, { top, bottom, left, right }: CropRange): RgbImage {
  const part = new Uint8Array((bottom - top) * (right - left) * 3)
  for (let y = top; y < bottom; y++) {
    part.set(rgb.subarray((y * width + left) * 3, (y * width + right) * 3), (y - top) * (right - left) * 3)
  }
  return { width: right - left, height: bottom - top, rgb: part }
}

function checkFinite({ heatmap }: Reference): void {
  const wrong = heatmap.find((value) => !Number.isFinite(value))
  if (wrong !== undefined) throw new ImagingError('heatmap-not-finite', `The heatmap holds ${wrong}.`)
}

function drawn(request: DrawRequest): RgbImage {
  const { sample, options } = request
  const { style, range, ...fields } = options
  const field = { ...fields, range: range ?? undefined }
  const reference = referenceOf(request)
  checkFinite(reference)
  if (style === 'opaque') return opaqueImage(reference, field)
  const { image, heatmap, shown } = heatmapImages(reference, field)
  if (style === 'heatmap') return heatmap
  // A picture is shown as it is; zennit-crp spreads its values over the whole range of colours.
  return isPicture(sample) ? cut(sample, shown) : image
}

/** Draws a reference as PNG. Throws `render-invalid`, `colormap-invalid`, `heatmap-not-finite`. */
export async function draw(request: DrawRequest): Promise<Uint8Array> {
  const image = drawn(request)
  const { size } = request.options
  if (size === null) return await encodePng(image.rgb, image.width, image.height)
  return await encodePng(fitted(image, size).rgba, size, size, 4)
}

/** Pictures to be put on one page. */
export interface SheetRequest {
  /** Per row its number, and lines of PNG images. */
  readonly rows: readonly { readonly label: number; readonly lines: readonly (readonly Uint8Array[])[] }[]
  /** Side of a cell; null: the longest side of all images, within reason. */
  readonly side: number | null
}

const pageLimits: DecodeLimits = { maxBytes: 64 * 1024 ** 2, maxPixels: 16 * 1024 ** 2 }

/** Sides that a cell can have where none is asked for. */
const leastSide = 64
export const mostSide = 224

/** The longest side of all images, within reason. */
function ownSide(rows: SheetRequest['rows']): number {
  const sides = rows.flatMap(({ lines }) =>
    lines.flat().map((png) => {
      const { width, height } = pngSize(png)
      return Math.max(width, height)
    }),
  )
  return Math.max(leastSide, Math.min(mostSide, sides.length > 0 ? Math.max(...sides) : mostSide))
}

/** Puts pictures on one page, as PNG. One of them is decoded at a time. */
export async function sheet({ rows, side }: SheetRequest): Promise<Uint8Array> {
  const page = await imageSheet(rows, side ?? ownSide(rows), (png) => decodeImage(png, pageLimits))
  return await encodePng(page.rgb, page.width, page.height)
}
