import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodePng, resizeImage } from '@crp-serve/imaging'

const side = 224
const coarseSide = 14
const classes = 4

/** Bytes that look random, the same for every seed. */
const noise = (count: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => {
    const value = Math.sin(i * 12.9898 + seed * 78.233) * 43758.5453
    return Math.floor(256 * (value - Math.floor(value)))
  })

/** Writes photographs of nothing in class folders: smooth colours, 224 x 224 PNG. */
export async function writePictures(folder: string, count: number): Promise<void> {
  for (let i = 0; i < classes; i++) await mkdir(join(folder, `class-${i}`), { recursive: true })
  for (let i = 0; i < count; i++) {
    const coarse = { width: coarseSide, height: coarseSide, rgb: noise(3 * coarseSide ** 2, i) }
    const { rgb } = resizeImage(coarse, side, side, 'bicubic')
    const path = join(folder, `class-${i % classes}`, `${String(i).padStart(5, '0')}.png`)
    await writeFile(path, await encodePng(rgb, side, side))
  }
}
