import { palette } from './colormap.ts'
import { ImagingError } from './errors.ts'
import type { RgbImage } from './image.ts'

/** An array to be shown; row-major. Bytes are taken as they are, floats are scaled to 0..255. */
export interface ImageArray {
  readonly shape: readonly number[]
  readonly data: Float32Array | Uint8Array
}

export interface ImgifyOptions {
  /** A name of `colormaps` or a list of nodes; default `bwr`. Arrays with three channels are shown as they are. */
  readonly colormap?: string
  /** The range is [-max|x|, max|x|] instead of [min, max]. Default false. */
  readonly symmetric?: boolean
  /** Contrast of the colour map; default 1. */
  readonly level?: number
  /** What becomes 0 and 255, instead of the array's own extremes. */
  readonly vmin?: number
  readonly vmax?: number
  /** Shows [n, ...] as a grid, each sample scaled by itself: true for floor(sqrt n) columns, or [rows, columns]. Empty cells
   * have level 0. */
  readonly grid?: true | readonly [rows: number, columns: number]
}

/**
 * Shows an array as an image as zennit's `imgify` does: (x - vmin) / (vmax - vmin) * 255 in float32, clipped, truncated
 * to 8 bits, then looked up in the colour map. Shapes: [h, w], [h, w, 1 or 3], [1 or 3, h, w], and the same behind a
 * sample axis with `grid`. A constant array has no range of its own: it becomes 0, or the centre (127) if symmetric.
 *
 * @throws ImagingError `render-invalid`, `colormap-invalid`, `heatmap-not-finite`
 */
export function imgify(array: ImageArray, options: ImgifyOptions = {}): RgbImage {
  if (array.shape.reduce((a, b) => a * b, 1) !== array.data.length || array.data.length === 0) {
    throw invalid(`An array of ${array.data.length} values has not the shape [${array.shape}].`)
  }
  const levels = options.grid === undefined ? single(array, options) : tiled(array, options, options.grid)
  const { width, height, channels, data } = levels
  if (channels === 3) return { width, height, rgb: data }
  return { width, height, rgb: lookUp(data, palette(options.colormap ?? 'bwr', options.level)) }
}

/** Grey levels, or colours, as [height, width, channels] bytes. */
interface Levels {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly data: Uint8Array
}

function single(array: ImageArray, options: ImgifyOptions): Levels {
  return arrange(toBytes(array.data, options), array.shape)
}

function tiled(array: ImageArray, options: ImgifyOptions, grid: NonNullable<ImgifyOptions['grid']>): Levels {
  const [count = 0, ...shape] = array.shape
  const [rows, columns] = grid === true ? squarishGrid(count) : grid
  const size = array.data.length / count
  const tiles = Array.from({ length: count }, (_, i) =>
    arrange(toBytes(array.data.subarray(i * size, (i + 1) * size), options), shape),
  )
  const { width, height, channels } = tiles[0]!
  const sheet = new Uint8Array(rows * height * columns * width * channels)
  tiles.slice(0, rows * columns).forEach((tile, i) => {
    const top = Math.trunc(i / columns) * height
    const left = (i % columns) * width
    for (let y = 0; y < height; y++) {
      const row = tile.data.subarray(y * width * channels, (y + 1) * width * channels)
      sheet.set(row, ((top + y) * columns * width + left) * channels)
    }
  })
  return { width: columns * width, height: rows * height, channels, data: sheet }
}

function squarishGrid(count: number): readonly [number, number] {
  const columns = Math.floor(Math.sqrt(count))
  return [Math.ceil(count / columns), columns]
}

/** Puts channels last. */
function arrange(data: Uint8Array, shape: readonly number[]): Levels {
  const [a = 0, b = 0, c = 0] = shape
  if (shape.length === 2) return { height: a, width: b, channels: 1, data }
  if (shape.length === 3 && (a === 1 || a === 3)) {
    return { height: b, width: c, channels: a, data: channelsLast(data, a) }
  }
  if (shape.length === 3 && (c === 1 || c === 3)) return { height: a, width: b, channels: c, data }
  throw invalid(
    `An array of shape [${shape}] is no image: [h, w], or [h, w, c] or [c, h, w] with 1 or 3 channels.`,
  )
}

function channelsLast(data: Uint8Array, channels: number): Uint8Array {
  const plane = data.length / channels
  const last = new Uint8Array(data.length)
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < plane; i++) last[i * channels + c] = data[c * plane + i]!
  return last
}

function toBytes(data: ImageArray['data'], options: ImgifyOptions): Uint8Array {
  if (data instanceof Uint8Array) return data
  const [low, high] = valueRange(data, options)
  const span = Math.fround(high - low)
  if (span === 0) return new Uint8Array(data.length).fill(options.symmetric ? 127 : 0)
  const bytes = new Uint8Array(data.length)
  // Plain loops here and below: a callback for each value takes most of the time of a picture.
  for (let i = 0; i < data.length; i++) {
    const scaled = Math.fround(Math.fround(Math.fround(data[i]! - low) / span) * 255)
    bytes[i] = Math.min(255, Math.max(0, scaled))
  }
  return bytes
}

function valueRange(data: Float32Array, options: ImgifyOptions): readonly [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const x of data) {
    if (!Number.isFinite(x)) throw new ImagingError('heatmap-not-finite', `The heatmap holds ${x}.`)
    if (x < low) low = x
    if (x > high) high = x
  }
  if (options.symmetric) {
    high = Math.max(-low, high)
    low = -high
  }
  return [Math.fround(options.vmin ?? low), Math.fround(options.vmax ?? high)]
}

function lookUp(levels: Uint8Array, colours: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(levels.length * 3)
  for (let i = 0; i < levels.length; i++) {
    const from = levels[i]! * 3
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = colours[from + c]!
  }
  return rgb
}

function invalid(message: string): ImagingError {
  return new ImagingError('render-invalid', message)
}
