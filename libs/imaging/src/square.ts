import type { RgbImage } from './image.ts'
import { resizeImage } from './resample.ts'

/** An 8-bit RGB image with transparency. `rgba` is row-major [height, width, 4]. */
export interface RgbaImage {
  readonly width: number
  readonly height: number
  readonly rgba: Uint8Array
}

/**
 * Resizes an image so that its longer side is `side` (nearest pixels, so that no colour is made up), and centres it on a
 * transparent square (zennit-crp's `imgify` with `resize` and `padding`).
 */
export function onSquare(image: RgbImage, side: number): RgbaImage {
  const share = side / Math.max(image.width, image.height)
  const [width, height] = [image.width, image.height].map((extent) => Math.max(1, Math.trunc(extent * share)))
  const { rgb } = resizeImage(image, width!, height!, 'nearest')
  const left = Math.floor((side - width!) / 2)
  const top = Math.floor((side - height!) / 2)
  const rgba = new Uint8Array(side * side * 4)
  for (let y = 0; y < height!; y++) {
    for (let x = 0; x < width!; x++) {
      const from = (y * width! + x) * 3
      const to = ((top + y) * side + left + x) * 4
      rgba.set([rgb[from]!, rgb[from + 1]!, rgb[from + 2]!, 255], to)
    }
  }
  return { width: side, height: side, rgba }
}
