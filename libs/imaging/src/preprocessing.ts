import { fromHuggingFace, isHuggingFace } from './hugging-face.ts'
import {
  invalid,
  isLength,
  isObject,
  type Json,
  readDivisors,
  readFinite,
  readPerChannel,
  type Size,
} from './preprocessing-fields.ts'
import type { Interpolation } from './resample.ts'

/**
 * How an image becomes a model's input, in the spelling of the HTTP API (`crop_offset` is not part of it) and with every
 * default filled in: value = (pixel in 0..255 * scale - mean) / std.
 */
export interface Preprocessing {
  /** [h, w]; or n: the length of the shorter side, or n x n for `stretch` and `letterbox`; null: not resized. */
  readonly size: Size | number | null
  /** `shorter_side` keeps the aspect ratio and covers the size, `letterbox` fits into it and pads with black. */
  readonly resize: 'stretch' | 'shorter_side' | 'letterbox'
  /** Centre crop after resizing, to `size` (true) or to [h, w]; an image smaller than that is padded with black. */
  readonly crop: boolean | Size
  /** Where a crop starts if it cannot be centred exactly: `half_even` as torchvision, `floor` as Hugging Face. */
  readonly crop_offset: 'half_even' | 'floor'
  /** One per channel, in the model's channel order. */
  readonly mean: readonly number[]
  /** One per channel, in the model's channel order. */
  readonly std: readonly number[]
  readonly scale: number
  readonly channel_order: 'RGB' | 'BGR'
  readonly layout: 'NCHW' | 'NHWC'
  readonly interpolation: Interpolation
}

const choices = {
  resize: ['stretch', 'shorter_side', 'letterbox'],
  channel_order: ['RGB', 'BGR'],
  layout: ['NCHW', 'NHWC'],
  crop_offset: ['half_even', 'floor'],
  interpolation: ['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos'],
} as const satisfies { [K in keyof Preprocessing]?: readonly Preprocessing[K][] }

const fields: Record<keyof Preprocessing, true> = {
  size: true,
  resize: true,
  crop: true,
  crop_offset: true,
  mean: true,
  std: true,
  scale: true,
  channel_order: true,
  layout: true,
  interpolation: true,
}

/**
 * Reads a `preprocessing` object of the HTTP API or a Hugging Face `preprocessor_config.json` and fills in the defaults:
 * `resize` is `shorter_side` for a number and `stretch` for [h, w]; `crop` false; `mean` 0; `std` 1; `scale` 1/255;
 * RGB; NCHW; bilinear. A null means the default. The result read again gives itself.
 *
 * @throws ImagingError `preprocessing-invalid` with a JSON pointer below the object
 */
export function normalizePreprocessing(json: unknown): Preprocessing {
  if (!isObject(json)) throw invalid('', 'Must be an object.')
  const object = withoutNulls(json)
  return normalizeOwn(isHuggingFace(object) ? fromHuggingFace(object) : object)
}

function normalizeOwn(json: Json): Preprocessing {
  for (const name of Object.keys(json)) {
    if (!Object.hasOwn(fields, name)) {
      throw invalid(`/${name}`, `Unknown field; there are ${Object.keys(fields).join(', ')}.`)
    }
  }
  const size = readSize(json['size'])
  return {
    size,
    resize: choice(json, 'resize', typeof size === 'number' ? 'shorter_side' : 'stretch'),
    crop: readCrop(json['crop'] ?? false, size),
    crop_offset: choice(json, 'crop_offset', 'half_even'),
    mean: readPerChannel(json['mean'] ?? 0, '/mean'),
    std: readDivisors(json['std'] ?? 1, '/std'),
    scale: readFinite(json['scale'] ?? 1 / 255, '/scale'),
    channel_order: choice(json, 'channel_order', 'RGB'),
    layout: choice(json, 'layout', 'NCHW'),
    interpolation: choice(json, 'interpolation', 'bilinear'),
  }
}

function readSize(value: unknown): Preprocessing['size'] {
  if (value === undefined) return null
  if (isLength(value) || isSize(value)) return value
  throw invalid('/size', 'Must be a number or [height, width], integers from 1 to 65535.')
}

function readCrop(value: unknown, size: Preprocessing['size']): Preprocessing['crop'] {
  if (value === true && size === null) throw invalid('/crop', '`true` crops to `size`, which is missing.')
  if (typeof value === 'boolean' || isSize(value)) return value
  throw invalid('/crop', 'Must be true, false or [height, width], integers from 1 to 65535.')
}

function isSize(value: unknown): value is Size {
  return Array.isArray(value) && value.length === 2 && value.every(isLength)
}

function choice<K extends keyof typeof choices>(
  json: Json,
  name: K,
  fallback: Preprocessing[K],
): Preprocessing[K] {
  const value = json[name] ?? fallback
  const known: readonly unknown[] = choices[name]
  if (known.includes(value)) return value as Preprocessing[K]
  throw invalid(`/${name}`, `Must be one of ${known.join(', ')}.`)
}

function withoutNulls(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null && value !== undefined))
}
