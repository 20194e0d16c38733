import { sharp } from './vips.ts'

/**
 * Encodes 8-bit pixels, row-major [height, width, channels], as PNG. The same pixels give the same bytes.
 * @param channels 1 grey, 3 RGB, 4 RGBA
 */
export async function encodePng(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3 | 4 = 3,
): Promise<Uint8Array> {
  const image = sharp(pixels, { raw: { width, height, channels } })
  if (channels === 1) image.toColourspace('b-w')
  return new Uint8Array(await image.png().toBuffer())
}
