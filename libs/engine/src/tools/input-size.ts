import type { DeclaredDim } from '@crp-serve/onnx'

/** The part of a preprocessing that decides the size of its result. */
export interface Sizing {
  readonly size: readonly [number, number] | number | null
  readonly resize: 'stretch' | 'shorter_side' | 'letterbox'
  readonly crop: boolean | readonly [number, number]
  readonly layout: 'NCHW' | 'NHWC'
}

const square = (size: readonly [number, number] | number | null) =>
  typeof size === 'number' ? ([size, size] as const) : size

/** Height and width of every preprocessed image, or null where they depend on the image. */
function fixedImageSize({ size, resize, crop }: Sizing): readonly [number, number] | null {
  if (typeof crop !== 'boolean') return crop
  return crop || resize !== 'shorter_side' ? square(size) : null
}

/** Sizes behind the batch axis of every preprocessed image, or null where they depend on the image. */
export function preprocessedSize(preprocessing: Sizing | null): readonly number[] | null {
  const image = preprocessing && fixedImageSize(preprocessing)
  if (!image) return null
  return preprocessing.layout === 'NCHW' ? [3, ...image] : [...image, 3]
}

/** Whether the model fixes every axis behind the batch axis. */
export const isFixed = (shape: readonly DeclaredDim[] | null): boolean =>
  shape?.slice(1).every((dim) => typeof dim === 'number') ?? false

/** Whether sizes behind the batch axis are ones that the model's input takes. */
export const fits = (shape: readonly DeclaredDim[] | null, sizes: readonly number[]): boolean =>
  shape === null ||
  (shape.length === sizes.length + 1 &&
    shape.slice(1).every((dim, i) => typeof dim !== 'number' || dim === sizes[i]))

/** What an open spatial axis is taken for where nothing says more: only to look at the layers, never to compute. */
const nominalSide = 224

/**
 * The input size for which the layers of a model are looked at: what its preprocessing gives, else its declared sizes
 * with open spatial axes at a usual size. null where it is fixed, or where even the channels are open.
 */
export function nominalSize(
  shape: readonly DeclaredDim[] | null,
  preprocessed: readonly number[] | null,
): readonly number[] | null {
  if (isFixed(shape)) return null
  if (preprocessed || shape === null) return preprocessed
  const [channels, ...spatial] = shape.slice(1)
  if (typeof channels !== 'number') return null
  return [channels, ...spatial.map((dim) => (typeof dim === 'number' ? dim : nominalSide))]
}
