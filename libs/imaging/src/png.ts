import type { RgbImage } from './image.ts'
import { sharp } from './vips.ts'

/** The size that a PNG's header says (PNG specification, section 11.2.1); the rest of the file is not looked at. */
export function pngSize(bytes: Uint8Array): Pick<RgbImage, 'width' | 'height'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { width: view.getUint32(16), height: view.getUint32(20) }
}

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
