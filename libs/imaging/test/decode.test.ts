import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodeImage, encodePng } from '../src/index.ts'
import { bytes, generous, image, readJson, type StoredImage } from './fixtures.ts'

const files = readJson<(StoredImage & { name: string; file: string })[]>('pillow-decode.json')
const fileNamed = (name: string) => bytes(files.find((entry) => entry.name === name)!.file)

describe('decodeImage', () => {
  it.each(files)('reads $name as Pillow does, byte by byte', async (entry) => {
    expect(await decodeImage(bytes(entry.file), generous)).toEqual(image(entry))
  })

  it('keeps the high byte of 16-bit grey', async () => {
    const samples = Uint16Array.of(0, 255, 256, 0x80ff, 0xffff, 0x1234)
    const png = await sharp(samples, { raw: { width: 3, height: 2, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer()
    const { rgb } = await decodeImage(png, generous)
    expect([...rgb.filter((_, i) => i % 3 === 0)]).toEqual([0, 0, 1, 0x80, 0xff, 0x12])
  })

  it('reads back what encodePng wrote', async () => {
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 20 }),
      height: fc.integer({ min: 1, max: 20 }),
    })
    const images = sizes.chain(({ width, height }) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        rgb: fc.uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(images, async ({ width, height, rgb }) => {
        const decoded = await decodeImage(await encodePng(rgb, width, height), generous)
        expect(decoded).toEqual({ width, height, rgb: Uint8Array.from(rgb) })
      }),
      { numRuns: 30 },
    )
  })
})

describe('decodeImage refuses', () => {
  const whole = files.filter(({ name }) =>
    /^(jpeg|png|webp)(-progressive|-palette|-lossless|-alpha)?$/.test(name),
  )

  it.each(whole)('$name cut anywhere', async ({ file }) => {
    const complete = bytes(file)
    const near = Array.from({ length: 30 }, (_, i) => complete.length - 1 - i)
    const spread = Array.from({ length: 40 }, (_, i) => 12 + Math.floor(((complete.length - 42) * i) / 40))
    for (const length of [...spread, ...near]) {
      const cut = decodeImage(complete.subarray(0, length), generous)
      await expect(cut, `${length} of ${complete.length} bytes`).rejects.toMatchObject({
        code: 'image-truncated',
      })
    }
  })

  it('a damaged PNG', async () => {
    const png = fileNamed('png')
    png[Math.floor(png.length / 2)]! ^= 0xff
    await expect(decodeImage(png, generous)).rejects.toMatchObject({ code: 'image-truncated' })
  })

  it.each([
    ['nothing', ''],
    ['text', 'not an image'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'],
    ['GIF', 'GIF89a\x01\x00\x01\x00\x00\x00\x00;'],
    ['TIFF', 'II*\x00\x08\x00\x00\x00'],
    ['PDF', '%PDF-1.7\n'],
  ])('%s', async (_, text) => {
    const refused = decodeImage(Buffer.from(text, 'latin1'), generous)
    await expect(refused).rejects.toMatchObject({ code: 'image-not-supported' })
  })

  it.each([
    ['', 'an empty file'],
    ['GIF89a\x01', 'a GIF file'],
    ['MM\0*\0\0', 'a TIFF file'],
    ['\0\0\0\x20ftypavif', 'an AVIF file'],
    ['\0\0\0\x20ftypheic', 'a HEIC file'],
    ['<svg xmlns', 'an SVG file'],
  ])('and says what it is: %j', async (text, name) => {
    await expect(decodeImage(Buffer.from(text, 'latin1'), generous)).rejects.toThrow(
      `The bytes are not a JPEG, PNG or WebP image but ${name}.`,
    )
  })

  it('never anything but with a code of its own', async () => {
    const jpeg = fileNamed('jpeg')
    const damage = fc.array(fc.tuple(fc.nat(jpeg.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const damaged = Uint8Array.from(jpeg)
        for (const [at, value] of changes) damaged[at] = value
        const code = await decodeImage(damaged, { maxBytes: 1e6, maxPixels: 1e6 }).then(
          () => undefined,
          (error: { code?: string }) => error.code ?? 'none',
        )
        expect([undefined, 'image-truncated', 'image-not-supported', 'image-too-large']).toContain(code)
      }),
      { numRuns: 60 },
    )
  })

  it('more bytes or pixels than allowed', async () => {
    const png = fileNamed('png')
    await expect(decodeImage(png, { maxBytes: png.length - 1, maxPixels: 1e6 })).rejects.toMatchObject({
      code: 'image-too-large',
      details: { bytes: png.length, max_bytes: png.length - 1 },
    })
    await expect(decodeImage(png, { maxBytes: 1e6, maxPixels: 26 * 19 - 1 })).rejects.toMatchObject({
      code: 'image-too-large',
      details: { width: 26, height: 19 },
    })
    await expect(decodeImage(png, { maxBytes: png.length, maxPixels: 26 * 19 })).resolves.toMatchObject({
      width: 26,
    })
  })

  it('a pixel bomb by its header, before decoding', async () => {
    // The header claims 60000 x 60000 and no pixel follows: only a check before decoding can name the size.
    const bomb = fileNamed('png').slice()
    new DataView(bomb.buffer).setUint32(16, 60000)
    new DataView(bomb.buffer).setUint32(20, 60000)
    const ihdr = bomb.subarray(12, 29)
    new DataView(bomb.buffer).setUint32(29, crc32(ihdr))
    await expect(decodeImage(bomb, generous)).rejects.toMatchObject({ code: 'image-too-large' })
  })
})

function crc32(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) {
    crc ^= byte
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
