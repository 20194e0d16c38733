import {
  type DecodeLimits,
  decodeImage,
  encodePng,
  type Preprocessing,
  preprocess,
  type RenderOptions,
  type RgbImage,
  thumbnail as reduced,
  renderHeatmap,
  resizeAndCrop,
} from '@crp-serve/imaging'

/** An encoded image to be made into a sample. */
export interface DecodeRequest {
  readonly bytes: Uint8Array
  readonly preprocessing: Preprocessing
  readonly limits: DecodeLimits
  /** Whether the picture that the model sees comes back too, to lay a heatmap over. */
  readonly picture: boolean
}

/** What a model is fed for one image. */
export interface DecodedImage {
  /** Sizes behind the batch axis. */
  readonly sizes: readonly number[]
  readonly values: Float32Array
  readonly picture: RgbImage | null
}

/** Decodes and preprocesses one image. Throws `image-not-supported`, `image-truncated`, `image-too-large`. */
export async function decode({
  bytes,
  preprocessing,
  limits,
  picture,
}: DecodeRequest): Promise<DecodedImage> {
  const image = await decodeImage(bytes, limits)
  const { shape, data } = preprocess(image, preprocessing)
  return {
    sizes: shape.slice(1),
    values: data,
    picture: picture ? resizeAndCrop(image, preprocessing) : null,
  }
}

/** A heatmap to be drawn. */
export interface RenderRequest {
  readonly values: Float32Array
  readonly shape: readonly [height: number, width: number]
  readonly options: RenderOptions
  readonly background: RgbImage | null
}

/** Draws a heatmap as PNG. Throws `render-invalid`, `colormap-invalid`, `heatmap-not-finite`. */
export const render = ({ values, shape, options, background }: RenderRequest): Promise<Uint8Array> =>
  renderHeatmap(values, shape, options, background ?? undefined)

/** An encoded image to be made small. */
export interface ThumbnailRequest {
  readonly bytes: Uint8Array
  readonly limits: DecodeLimits
  /** Longest side in pixels; smaller images stay as they are. */
  readonly edge: number
}

/** Reduces an image to a PNG. Throws `image-not-supported`, `image-truncated`, `image-too-large`. */
export async function thumbnail({ bytes, limits, edge }: ThumbnailRequest): Promise<Uint8Array> {
  const { rgb, width, height } = reduced(await decodeImage(bytes, limits), edge)
  return encodePng(rgb, width, height)
}
