import type { RgbImage } from './image.ts'
import { thumbnail } from './preprocess.ts'
import { onSquare, type RgbaImage } from './square.ts'

/** An image on a transparent square: reduced smoothly where it is larger, enlarged to its nearest pixels where smaller. */
export const fitted = (image: RgbImage, side: number): RgbaImage => onSquare(thumbnail(image, side), side)

/** One row of a sheet: a number in front, and lines of cells that belong together. */
export interface SheetRow<T> {
  readonly label: number
  readonly lines: readonly (readonly T[])[]
}

/** The digits 0 to 9, 3 x 5 pixels each, row by row from the top left: one bit a pixel, the highest first. */
const digits = [
  0b111_101_101_101_111, 0b010_110_010_010_111, 0b111_001_111_100_111, 0b111_001_111_001_111,
  0b101_101_111_001_001, 0b111_100_111_001_111, 0b111_100_111_101_111, 0b111_001_010_010_010,
  0b111_101_111_101_111, 0b111_101_111_001_111,
]
const [digitWidth, digitHeight] = [3, 5]

const isInk = (digit: number, x: number, y: number): boolean =>
  ((digits[digit]! >> (digitWidth * digitHeight - 1 - (y * digitWidth + x))) & 1) === 1

/** A white page that things are put on. */
class Page {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array

  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.rgb = new Uint8Array(width * height * 3).fill(255)
  }

  /** Puts an image down; where it is transparent the page stays white. */
  put({ width, height, rgba }: RgbaImage, left: number, top: number): void {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = (y * width + x) * 4
        if (rgba[from + 3] === 0) continue
        this.rgb.set(rgba.subarray(from, from + 3), ((top + y) * this.width + left + x) * 3)
      }
    }
  }

  /** Writes a number with digits of `scale` pixels a dot. */
  write(number: number, left: number, top: number, scale: number): void {
    for (const [i, digit] of [...String(number)].entries()) {
      const start = left + i * (digitWidth + 1) * scale
      for (let y = 0; y < digitHeight * scale; y++) {
        for (let x = 0; x < digitWidth * scale; x++) {
          if (!isInk(Number(digit), Math.floor(x / scale), Math.floor(y / scale))) continue
          this.rgb.fill(
            0,
            ((top + y) * this.width + start + x) * 3,
            ((top + y) * this.width + start + x + 1) * 3,
          )
        }
      }
    }
  }
}

/** Distances on a sheet whose cells have a side of that many pixels. */
const spacing = (side: number) => ({
  scale: Math.max(1, Math.round(side / 32)),
  margin: Math.max(2, Math.round(side / 24)),
  between: Math.max(3, Math.round(side / 8)),
})

/**
 * Puts images on a white page, row by row (zennit-crp's `plot_grid`): each fitted into a square of `side` pixels, each
 * row with its number in front.
 * @param open gives the image of a cell; the next is opened when the one before is on the page
 */
export async function imageSheet<T>(
  rows: readonly SheetRow<T>[],
  side: number,
  open: (cell: T) => Promise<RgbImage>,
): Promise<RgbImage> {
  const { scale, margin, between } = spacing(side)
  const longest = Math.max(...rows.map(({ label }) => String(label).length))
  const header = margin + longest * (digitWidth + 1) * scale + margin
  const step = side + margin
  const columns = Math.max(1, ...rows.flatMap(({ lines }) => lines.map((line) => line.length)))
  const heights = rows.map(({ lines }) => Math.max(1, lines.length) * step - margin)
  const height = heights.reduce((sum, own) => sum + own, 2 * margin + (rows.length - 1) * between)
  const page = new Page(header + columns * step, height)
  let top = margin
  for (const [i, { label, lines }] of rows.entries()) {
    page.write(label, margin, top + Math.floor((side - digitHeight * scale) / 2), scale)
    for (const [l, line] of lines.entries()) {
      for (const [c, cell] of line.entries())
        page.put(fitted(await open(cell), side), header + c * step, top + l * step)
    }
    top += heights[i]! + between
  }
  return { width: page.width, height: page.height, rgb: page.rgb }
}
