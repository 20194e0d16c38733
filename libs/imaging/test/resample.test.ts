import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { type Interpolation, type RgbImage, resizeImage, thumbnail } from '../src/index.ts'
import { image, readJson, type StoredImage } from './fixtures.ts'

const fixture = readJson<{ source: StoredImage; cases: (StoredImage & { interpolation: Interpolation })[] }>(
  'pillow-resize.json',
)
const source = image(fixture.source)

function largestDifference(a: RgbImage, b: RgbImage): number {
  return a.rgb.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b.rgb[i]!)), 0)
}

describe('resizeImage', () => {
  it.each(fixture.cases)('$interpolation to $width x $height equals Pillow in every byte', (expected) => {
    expect(resizeImage(source, expected.width, expected.height, expected.interpolation)).toEqual(
      image(expected),
    )
  })

  it('is needed: libvips is many grey levels away from Pillow', async () => {
    const worst: Record<string, number> = {}
    for (const [interpolation, kernel] of [
      ['bilinear', 'linear'],
      ['bicubic', 'cubic'],
      ['lanczos', 'lanczos3'],
    ] as const) {
      for (const expected of fixture.cases.filter((entry) => entry.interpolation === interpolation)) {
        const { width, height } = expected
        const rgb = await sharp(source.rgb, {
          raw: { width: source.width, height: source.height, channels: 3 },
        })
          .resize(width, height, { fit: 'fill', kernel })
          .raw()
          .toBuffer()
        const difference = largestDifference(image(expected), { width, height, rgb })
        worst[interpolation] = Math.max(worst[interpolation] ?? 0, difference)
      }
    }
    expect(Object.values(worst).every((difference) => difference > 5)).toBe(true)
  })

  it('keeps a constant image constant, whatever the sizes and the kernel', () => {
    const length = fc.integer({ min: 1, max: 60 })
    const interpolation = fc.constantFrom<Interpolation>(
      'nearest',
      'box',
      'bilinear',
      'hamming',
      'bicubic',
      'lanczos',
    )
    fc.assert(
      fc.property(
        length,
        length,
        length,
        length,
        interpolation,
        fc.nat(255),
        (w, h, toW, toH, kernel, level) => {
          const flat = { width: w, height: h, rgb: new Uint8Array(w * h * 3).fill(level) }
          const resized = resizeImage(flat, toW, toH, kernel)
          expect(resized.rgb.length).toBe(toW * toH * 3)
          expect(resized.rgb.every((value) => value === level)).toBe(true)
        },
      ),
    )
  })

  it('refuses to build an image that only an extreme aspect ratio asks for', () => {
    const thread = { width: 400_000, height: 1, rgb: new Uint8Array(1_200_000) }
    expect(() => resizeImage(thread, 400_000, 224, 'bilinear')).toThrow(
      expect.objectContaining({ code: 'image-too-large' }) as Error,
    )
  })
})

describe('thumbnail', () => {
  it('fits the longer side and never enlarges', () => {
    expect(thumbnail(source, 10)).toMatchObject({ width: 10, height: 8 })
    expect(thumbnail(source, 100)).toBe(source)
  })
})
