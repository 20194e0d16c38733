import type { RgbImage } from './image.ts'
import type { Preprocessing } from './preprocessing.ts'
import type { Size } from './preprocessing-fields.ts'
import { resizeImage } from './resample.ts'

/** A model's input for one image: `data` is row-major, `shape` [1, 3, h, w] or [1, h, w, 3] as the layout says. */
export interface ImageTensor {
  readonly shape: readonly [number, number, number, number]
  readonly data: Float32Array
}

/**
 * Resizes, crops, scales and normalises: value = (pixel * scale - mean) / std, computed in float64 and rounded once.
 * @throws ImagingError `image-too-large` where an extreme aspect ratio makes the resized image huge
 */
export function preprocess(image: RgbImage, preprocessing: Preprocessing): ImageTensor {
  const { width, height, rgb } = resizeAndCrop(image, preprocessing)
  const planar = preprocessing.layout === 'NCHW'
  const data = new Float32Array(rgb.length)
  const [pixelStride, channelStride] = planar ? [1, width * height] : [3, 1]
  for (let channel = 0; channel < 3; channel++) {
    const source = preprocessing.channel_order === 'RGB' ? channel : 2 - channel
    const table = valueTable(preprocessing, channel)
    for (let pixel = 0; pixel < width * height; pixel++) {
      data[pixel * pixelStride + channel * channelStride] = table[rgb[pixel * 3 + source]!]!
    }
  }
  return { shape: planar ? [1, 3, height, width] : [1, height, width, 3], data }
}

/** The value of each of the 256 grey levels in one of the model's channels. */
function valueTable({ mean, std, scale }: Preprocessing, channel: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, level) => (level * scale - mean[channel]!) / std[channel]!)
}

/**
 * The part of the image that the model sees, at the model's resolution, in 8-bit RGB: what `preprocess` normalises and
 * what a heatmap is laid over. Rounding is torchvision's: the longer side of `shorter_side` is truncated, the offset of
 * a centre crop is rounded half to even (down for Hugging Face files, as there), an odd padding has its larger half at the bottom and on the right.
 */
export function resizeAndCrop(image: RgbImage, preprocessing: Preprocessing): RgbImage {
  const resized = resizeTo(image, preprocessing)
  const crop = cropSize(preprocessing)
  return crop === undefined ? resized : centreWindow(resized, crop, preprocessing.crop_offset)
}

function resizeTo(image: RgbImage, { size, resize, interpolation }: Preprocessing): RgbImage {
  if (size === null) return image
  const target: Size = typeof size === 'number' ? [size, size] : size
  const [height, width] = resizedSize(image, target, resize)
  const resized = resizeImage(image, width, height, interpolation)
  return resize === 'letterbox' ? centreWindow(resized, target, 'floor') : resized
}

function resizedSize(image: RgbImage, [h, w]: Size, resize: Preprocessing['resize']): Size {
  if (resize === 'stretch') return [h, w]
  if (resize === 'letterbox') {
    const ratio = Math.min(h / image.height, w / image.width)
    return [Math.max(1, Math.round(image.height * ratio)), Math.max(1, Math.round(image.width * ratio))]
  }
  const wider = image.width * h >= image.height * w
  return wider
    ? [h, Math.trunc((h * image.width) / image.height)]
    : [Math.trunc((w * image.height) / image.width), w]
}

function cropSize({ size, crop }: Preprocessing): Size | undefined {
  if (crop === false) return undefined
  if (crop !== true) return crop
  return typeof size === 'number' ? [size, size] : (size ?? undefined)
}

/** The centred window of the given size; black where it reaches beyond the image. */
function centreWindow(
  image: RgbImage,
  [height, width]: Size,
  rounding: Preprocessing['crop_offset'],
): RgbImage {
  if (height === image.height && width === image.width) return image
  const top = centreOffset(image.height, height, rounding)
  const left = centreOffset(image.width, width, rounding)
  const rgb = new Uint8Array(width * height * 3)
  const from = Math.max(0, left)
  const to = Math.min(image.width, left + width)
  for (let y = Math.max(0, top); y < Math.min(image.height, top + height); y++) {
    const row = image.rgb.subarray((y * image.width + from) * 3, (y * image.width + to) * 3)
    rgb.set(row, ((y - top) * width + from - left) * 3)
  }
  return { width, height, rgb }
}

/** Where a window of `window` pixels starts on an axis of `length` pixels; negative where the axis is shorter. */
function centreOffset(length: number, window: number, rounding: Preprocessing['crop_offset']): number {
  if (window > length) return -Math.floor((window - length) / 2)
  const exact = (length - window) / 2
  return rounding === 'floor' ? Math.floor(exact) : roundHalfToEven(exact)
}

function roundHalfToEven(x: number): number {
  const down = Math.floor(x)
  return x - down === 0.5 ? down + (down % 2) : Math.round(x)
}

/** The image reduced to fit into a square of `edge` pixels, never enlarged. */
export function thumbnail(image: RgbImage, edge: number): RgbImage {
  const ratio = Math.min(1, edge / Math.max(image.width, image.height))
  const side = (length: number) => Math.max(1, Math.round(length * ratio))
  return resizeImage(image, side(image.width), side(image.height), 'bicubic')
}
