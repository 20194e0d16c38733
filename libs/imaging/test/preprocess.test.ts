import { describe, expect, it } from 'vitest'
import {
  normalizePreprocessing,
  type Preprocessing,
  preprocess,
  type RgbImage,
  resizeAndCrop,
} from '../src/index.ts'
import { bytes, image, readJson, type StoredImage } from './fixtures.ts'

const torchvision =
  readJson<(StoredImage & { source: StoredImage; size: number; crop: [number, number] })[]>(
    'torchvision.json',
  )
const huggingFace = readJson<{
  source: StoredImage
  cases: { config: Record<string, unknown>; shape: number[]; values: string }[]
}>('hugging-face.json')

/** Every pixel different: red is the column, green the row. */
function ramp(width: number, height: number): RgbImage {
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3)
    return [pixel % width, Math.floor(pixel / width), 200][i % 3]!
  })
  return { width, height, rgb }
}

const corner = ({ rgb }: RgbImage) => [rgb[0], rgb[1]]
const view = (json: unknown, source: RgbImage) => resizeAndCrop(source, normalizePreprocessing(json))

describe('resizeAndCrop', () => {
  it.each(torchvision)(
    'equals torchvision: $source.width x $source.height, shorter side $size, crop $crop',
    ({ source, size, crop, ...expected }) => {
      expect(view({ size, crop }, image(source))).toEqual(image(expected))
    },
  )

  it('stretches to [h, w], and to a square for a number', () => {
    expect(view({ size: [5, 7] }, ramp(20, 10))).toMatchObject({ width: 7, height: 5 })
    expect(view({ size: 6, resize: 'stretch' }, ramp(20, 10))).toMatchObject({ width: 6, height: 6 })
  })

  it('covers [h, w] with shorter_side, then crops to it', () => {
    expect(view({ size: [10, 12], resize: 'shorter_side' }, ramp(40, 20))).toMatchObject({
      width: 20,
      height: 10,
    })
    expect(view({ size: [10, 12], resize: 'shorter_side' }, ramp(20, 20))).toMatchObject({
      width: 12,
      height: 12,
    })
    expect(view({ size: [10, 12], resize: 'shorter_side', crop: true }, ramp(40, 20))).toMatchObject({
      width: 12,
      height: 10,
    })
  })

  it('letterboxes with centred black bars', () => {
    const boxed = view({ size: [10, 10], resize: 'letterbox', interpolation: 'nearest' }, ramp(20, 10))
    expect(boxed).toMatchObject({ width: 10, height: 10 })
    const blue = Array.from({ length: 10 }, (_, y) => boxed.rgb[y * 30 + 2])
    expect(blue).toEqual([0, 0, 200, 200, 200, 200, 200, 0, 0, 0])
  })

  it('crops without resizing', () => {
    const cropped = view({ crop: [4, 6] }, ramp(20, 10))
    expect(cropped).toMatchObject({ width: 6, height: 4 })
    expect(corner(cropped)).toEqual([7, 3])
  })

  it('leaves the image alone when nothing is asked', () => {
    const source = ramp(5, 4)
    expect(view({}, source)).toBe(source)
  })
})

describe('preprocess', () => {
  const source: RgbImage = { width: 2, height: 1, rgb: Uint8Array.of(0, 51, 102, 153, 204, 255) }
  const values = (json: unknown) => {
    const { shape, data } = preprocess(source, normalizePreprocessing(json))
    return { shape, data: [...data].map((value) => Math.round(value * 1e6) / 1e6) }
  }

  it('divides by 255 and puts channels first by default', () => {
    expect(values({})).toEqual({ shape: [1, 3, 1, 2], data: [0, 0.6, 0.2, 0.8, 0.4, 1] })
  })

  it('honours layout and channel order', () => {
    expect(values({ layout: 'NHWC' })).toEqual({ shape: [1, 1, 2, 3], data: [0, 0.2, 0.4, 0.6, 0.8, 1] })
    expect(values({ channel_order: 'BGR', layout: 'NHWC' }).data).toEqual([0.4, 0.2, 0, 1, 0.8, 0.6])
  })

  it('takes mean and std in the channel order of the model', () => {
    const json = { channel_order: 'BGR', layout: 'NHWC', scale: 1, mean: [2, 1, 0], std: [10, 1, 0.5] }
    expect(values(json).data).toEqual([10, 50, 0, 25.299999, 203, 306])
  })

  it.each(huggingFace.cases)('equals Hugging Face on %j', (entry) => {
    const preprocessing = normalizePreprocessing(entry.config)
    const { shape, data } = preprocess(image(huggingFace.source), preprocessing)
    const expected = new Float32Array(bytes(entry.values).buffer)
    expect(shape).toEqual(entry.shape)
    const largest = data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0)
    // float32 rounding of intermediate results there, of the final one here; a grey level is at least 4e-3.
    expect(largest).toBeLessThan(preprocessing.scale === 1 ? 1e-9 : 2e-6)
  })
})

describe('normalizePreprocessing', () => {
  it('fills in defaults, and reads its own result unchanged', () => {
    const full: Preprocessing = normalizePreprocessing({ size: 224, crop: true, mean: null })
    expect(full).toEqual({
      size: 224,
      resize: 'shorter_side',
      crop: true,
      crop_offset: 'half_even',
      mean: [0, 0, 0],
      std: [1, 1, 1],
      scale: 1 / 255,
      channel_order: 'RGB',
      layout: 'NCHW',
      interpolation: 'bilinear',
    })
    expect(normalizePreprocessing(full)).toEqual(full)
    expect(normalizePreprocessing(normalizePreprocessing({}))).toEqual(normalizePreprocessing({}))
  })

  it('warps large ConvNext inputs instead of cropping them', () => {
    const config = {
      image_processor_type: 'ConvNextImageProcessor',
      size: { shortest_edge: 384 },
      do_normalize: false,
    }
    expect(normalizePreprocessing(config)).toMatchObject({ size: [384, 384], resize: 'stretch', crop: false })
  })

  it.each([
    [null, ''],
    [[], ''],
    [{ sise: 3 }, '/sise'],
    [{ size: 0 }, '/size'],
    [{ size: [1, 2, 3] }, '/size'],
    [{ size: '224' }, '/size'],
    [{ crop: true }, '/crop'],
    [{ crop: 5 }, '/crop'],
    [{ std: 0 }, '/std'],
    [{ mean: [1, 2] }, '/mean'],
    [{ scale: Number.NaN }, '/scale'],
    [{ interpolation: 'cubic' }, '/interpolation'],
    [{ layout: 'CHW' }, '/layout'],
    [{ resize: 'constructor' }, '/resize'],
    [{ do_resize: true, size: { longest_edge: 800 } }, '/size'],
    [{ do_resize: true, size: { shortest_edge: 800, longest_edge: 1333 } }, '/size'],
    [{ do_resize: true }, '/size'],
    [{ do_resize: false }, '/image_mean'],
    [{ do_resize: false, image_mean: [0, 0, 0] }, '/image_std'],
    [{ do_resize: false, do_normalize: false, do_center_crop: true }, '/crop_size'],
    [{ do_resize: false, do_normalize: false, do_pad: true }, '/do_pad'],
    [{ size: 224, resample: 7, do_normalize: false }, '/resample'],
    [{ size: 224, crop_pct: 0.9, do_normalize: false, do_resize: true }, '/crop_pct'],
    [{ image_processor_type: 'NewImageProcessor', size: 224, resample: 2 }, '/size'],
    [{ image_processor_type: 'NewImageProcessor', size: { shortest_edge: 224 } }, '/resample'],
  ])('refuses %j', (json, pointer) => {
    expect(() => normalizePreprocessing(json)).toThrow(
      expect.objectContaining({ code: 'preprocessing-invalid', pointer }) as Error,
    )
  })

  it('reads a class that it does not know when the file leaves nothing to it', () => {
    const config = {
      image_processor_type: 'NewImageProcessor',
      size: { shortest_edge: 9 },
      resample: 3,
      do_normalize: false,
    }
    expect(normalizePreprocessing(config)).toMatchObject({
      size: 9,
      resize: 'shorter_side',
      interpolation: 'bicubic',
    })
  })
})
