/**
 * `preprocessor_config.json` of Hugging Face image processors, read as an object of our own form. What the slow
 * (Pillow) processors of transformers 4 compute is the reference; the tests compare with their results.
 */
import {
  invalid,
  isObject,
  type Json,
  readDivisors,
  readFinite,
  readLength,
  readPerChannel,
  type Size,
} from './preprocessing-fields.ts'
import type { Interpolation } from './resample.ts'

/** What a processor class assumes about a field that its file leaves out. */
interface ClassDefaults {
  /** A bare number as `size` is the shorter edge (true) or makes a square (false). */
  readonly shortestEdge: boolean
  readonly resample: Interpolation
  readonly centerCrop?: true
  readonly cropFraction?: number
  readonly normalize?: false
  readonly flip?: true
  readonly includeTop?: true
}

const square = { shortestEdge: false } as const
const cropped = { shortestEdge: true, centerCrop: true } as const

const classes: Readonly<Record<string, ClassDefaults>> = {
  Beit: { ...square, resample: 'bicubic', centerCrop: true },
  Bit: { ...cropped, resample: 'bicubic' },
  CLIP: { ...cropped, resample: 'bicubic' },
  ConvNext: { shortestEdge: true, resample: 'bilinear', cropFraction: 224 / 256 },
  DeiT: { ...square, resample: 'bicubic', centerCrop: true },
  EfficientNet: { ...square, resample: 'nearest', includeTop: true },
  Levit: { ...cropped, resample: 'bicubic' },
  MobileNetV1: { ...cropped, resample: 'bilinear' },
  MobileNetV2: { ...cropped, resample: 'bilinear' },
  MobileViT: { ...cropped, resample: 'bilinear', normalize: false, flip: true },
  PoolFormer: { ...cropped, resample: 'bicubic', cropFraction: 0.9 },
  Pvt: { ...square, resample: 'bilinear' },
  Segformer: { ...square, resample: 'bilinear' },
  Siglip: { shortestEdge: true, resample: 'bicubic' },
  ViT: { ...square, resample: 'bilinear' },
}

/** Pillow's `Image.Resampling` codes in their order. */
const resampleCodes: readonly Interpolation[] = [
  'nearest',
  'lanczos',
  'bilinear',
  'bicubic',
  'box',
  'hamming',
]

/** Fields that this file reads. Any of them but `size` tells the format from our own. */
const read = new Set([
  ...['image_processor_type', 'feature_extractor_type', 'do_resize', 'size', 'default_to_square', 'resample'],
  ...[
    'do_center_crop',
    'crop_size',
    'crop_pct',
    'do_rescale',
    'rescale_factor',
    'rescale_offset',
    'do_normalize',
  ],
  ...['image_mean', 'image_std', 'include_top', 'do_flip_channel_order', 'data_format'],
])

/** Fields without influence on the values of one RGB image. */
const irrelevant = new Set([
  ...['processor_class', '_processor_class', '_valid_processor_keys', 'auto_map', 'do_convert_rgb'],
  ...[
    'input_data_format',
    'return_tensors',
    'device',
    'disable_grouping',
    'do_reduce_labels',
    'reduce_labels',
  ],
])

export function isHuggingFace(json: Json): boolean {
  return Object.keys(json).some((name) => name !== 'size' && read.has(name))
}

/**
 * @returns the same preprocessing in the form of the HTTP API
 * @throws ImagingError `preprocessing-invalid` for what is wrong, cannot be honoured, or is left out by a file whose
 * processor class (and so its default) is not known here
 */
export function fromHuggingFace(json: Json): Json {
  for (const [name, value] of Object.entries(json)) {
    if (!read.has(name) && !irrelevant.has(name) && value !== false) {
      throw invalid(`/${name}`, 'This setting of a Hugging Face preprocessor cannot be honoured.')
    }
  }
  const defaults = classDefaults(json)
  return {
    ...geometry(json, defaults),
    ...values(json, defaults),
    crop_offset: 'floor',
    layout: json['data_format'] === 'channels_last' ? 'NHWC' : 'NCHW',
  }
}

function className(json: Json): string | undefined {
  const type = json['image_processor_type'] ?? json['feature_extractor_type']
  if (type === undefined) return undefined
  return String(type).replace(/(ImageProcessor(Fast)?|FeatureExtractor)$/, '')
}

/** A file without a class is one of the first ViT exports, whose defaults became the library's. */
function classDefaults(json: Json): ClassDefaults | undefined {
  const name = className(json) ?? 'ViT'
  return Object.hasOwn(classes, name) ? classes[name] : undefined
}

function geometry(json: Json, defaults: ClassDefaults | undefined): Json {
  const crop = centerCrop(json, defaults)
  if (json['do_resize'] === false) return { crop }
  const size = resizeTarget(json, defaults)
  const interpolation = readResample(json, defaults)
  const name = className(json)
  const fraction = cropFraction(json, defaults)
  if (typeof size !== 'number') return { size, resize: 'stretch', crop, interpolation }
  if (name === 'ConvNext' && size >= 384)
    return { size: [size, size], resize: 'stretch', crop: false, interpolation }
  if (name === 'ConvNext') {
    return { size: Math.trunc(size / fraction), resize: 'shorter_side', crop: [size, size], interpolation }
  }
  // LeViT enlarges the shorter edge by 256/224 whatever the file says.
  const shorter = Math.trunc(name === 'Levit' ? (256 / 224) * size : size / fraction)
  return { size: shorter, resize: 'shorter_side', crop, interpolation }
}

function centerCrop(json: Json, defaults: ClassDefaults | undefined): Size | false {
  const asked = json['do_center_crop'] ?? (defaults?.centerCrop || json['crop_size'] !== undefined)
  if (asked !== true) return false
  const size = json['crop_size']
  if (size === undefined) throw invalid('/crop_size', 'Missing, and the image is to be cropped.')
  if (!isObject(size)) return [readLength(size, '/crop_size'), readLength(size, '/crop_size')]
  return [readLength(size['height'], '/crop_size/height'), readLength(size['width'], '/crop_size/width')]
}

/** The length of the shorter edge, or [h, w]. */
function resizeTarget(json: Json, defaults: ClassDefaults | undefined): number | Size {
  const size = json['size']
  if (size === undefined) throw invalid('/size', 'Missing, and the image is to be resized.')
  if (!isObject(size)) return bareSize(readLength(size, '/size'), json, defaults)
  const known = Object.keys(size).filter((key) => size[key] !== null)
  if (known.length === 1 && known[0] === 'shortest_edge')
    return readLength(size['shortest_edge'], '/size/shortest_edge')
  if (known.toSorted().join() === 'height,width') {
    return [readLength(size['height'], '/size/height'), readLength(size['width'], '/size/width')]
  }
  throw invalid(
    '/size',
    `Only {shortest_edge} and {height, width} can be honoured, not {${known.join(', ')}}.`,
  )
}

function bareSize(size: number, json: Json, defaults: ClassDefaults | undefined): number | Size {
  const toSquare = json['default_to_square'] ?? (defaults && !defaults.shortestEdge)
  if (toSquare === undefined) throw unknownDefault(json, '/size', 'whether a bare number is the shorter edge')
  return toSquare ? [size, size] : size
}

function readResample(json: Json, defaults: ClassDefaults | undefined): Interpolation {
  const code = json['resample']
  if (code === undefined && defaults === undefined)
    throw unknownDefault(json, '/resample', 'the interpolation')
  if (code === undefined) return defaults!.resample
  const name = resampleCodes[code as number]
  if (name === undefined) throw invalid('/resample', "Must be one of Pillow's codes 0 to 5.")
  return name
}

/** The crop's share of the resized shorter edge, 1 where the class has no such notion. */
function cropFraction(json: Json, defaults: ClassDefaults | undefined): number {
  const fraction = json['crop_pct']
  if (fraction === undefined) return defaults?.cropFraction ?? 1
  if (defaults?.cropFraction === undefined) {
    throw invalid(
      '/crop_pct',
      `Cannot be honoured for ${className(json) ?? 'a file without image_processor_type'}.`,
    )
  }
  const value = readFinite(fraction, '/crop_pct')
  if (value <= 0 || value > 1) throw invalid('/crop_pct', 'Must lie in (0, 1].')
  return value
}

function values(json: Json, defaults: ClassDefaults | undefined): Json {
  const rescaled = json['do_rescale'] !== false
  const normalized = json['do_normalize'] ?? defaults?.normalize ?? true
  const includeTop = json['include_top'] ?? defaults?.includeTop ?? false
  const mean = normalized ? readPerChannel(required(json, 'image_mean'), '/image_mean') : [0, 0, 0]
  const std = normalized || includeTop ? readDivisors(required(json, 'image_std'), '/image_std') : [1, 1, 1]
  // EfficientNet: `rescale_offset` subtracts 1 after scaling, `include_top` divides by the deviation once more.
  const offset = rescaled && json['rescale_offset'] === true ? 1 : 0
  const power = (normalized ? 1 : 0) + (includeTop ? 1 : 0)
  const flip = json['do_flip_channel_order'] ?? defaults?.flip ?? false
  const ordered = <T>(list: readonly T[]) => (flip ? list.toReversed() : list)
  return {
    scale: rescaled ? readFinite(json['rescale_factor'] ?? 1 / 255, '/rescale_factor') : 1,
    mean: ordered(mean.map((m) => m + offset)),
    std: ordered(std.map((s) => s ** power)),
    channel_order: flip ? 'BGR' : 'RGB',
  }
}

function required(json: Json, name: string): unknown {
  if (json[name] === undefined) throw invalid(`/${name}`, 'Missing, and `do_normalize` is not false.')
  return json[name]
}

function unknownDefault(json: Json, pointer: string, what: string): Error {
  return invalid(pointer, `The defaults of ${className(json)} are not known, so the file must say ${what}.`)
}
