import { describe, expect, it } from 'vitest'
import {
  cropRange,
  defaultCropThreshold,
  fieldOf,
  gaussianBlur,
  heatmapImages,
  imgify,
  onSquare,
  opaqueImage,
  type Plane,
  type Reference,
} from '../src/index.ts'
import { readJson, readNpy } from './fixtures.ts'

const folder = 'goldens/image_crp'
const images = readNpy(`${folder}/images.npy`)
const heatmaps = readNpy(`${folder}/heatmaps.npy`)
const [count, channels, height, width] = images.shape as [number, number, number, number]
const size = height * width

const heatmapOf = (i: number): Plane => ({
  height,
  width,
  data: heatmaps.data.subarray(i * size, (i + 1) * size),
})
const referenceOf = (i: number): Reference => ({
  channels,
  height,
  width,
  values: images.data.subarray(i * channels * size, (i + 1) * channels * size) as Float32Array,
  heatmap: heatmapOf(i).data as Float32Array,
})

const expectClose = (actual: ArrayLike<number>, expected: ArrayLike<number>) => {
  expect(actual).toHaveLength(expected.length)
  const furthest = Array.from(actual).reduce(
    (top, value, i) => Math.max(top, Math.abs(value - expected[i]!)),
    0,
  )
  expect(furthest).toBeLessThan(2e-6)
}

const expectImage = (name: string, { width, height, rgb }: ReturnType<typeof imgify>) => {
  const expected = readNpy(`${folder}/expected/${name}.npy`)
  expect([height, width, 3]).toEqual(expected.shape)
  expect(rgb).toEqual(expected.data)
}

const numbers = Array.from({ length: count }, (_, i) => i)

describe('fields', () => {
  it.each(numbers)('are blurred and scaled as in the golden case %i', (i) => {
    const at = (name: string) =>
      readNpy(`${folder}/expected/${name}.npy`).data.subarray(i * size, (i + 1) * size)
    expectClose(gaussianBlur(heatmapOf(i), 19).data, at('blurred'))
    expectClose(fieldOf(heatmapOf(i), 19).data, at('blurred_max_normed'))
  })

  it.each(numbers)('are cut as in the golden case %i', (i) => {
    const expected = readNpy(`${folder}/expected/crop.npy`)
    const rows = new BigInt64Array(expected.data.buffer)
    for (const [t, threshold] of [0.1, 0.5].entries()) {
      const { top, bottom, left, right } = cropRange(fieldOf(heatmapOf(i), 19), threshold)
      const row = Array.from(rows.subarray((2 * i + t) * 4, (2 * i + t + 1) * 4), Number)
      expect([top, bottom, left, right]).toEqual(row)
    }
  })

  it('that are empty leave out the last row and column, as in the peer', () => {
    const empty = { height: 4, width: 5, data: new Float32Array(20) }
    expect(cropRange(empty, 0.1)).toEqual({ top: 0, bottom: 3, left: 0, right: 4 })
  })

  it('reflect at the border, whatever the size', () => {
    const ramp = { height: 1, width: 3, data: [0, 1, 2] }
    const { data } = gaussianBlur(ramp, 7)
    // Reflection keeps a ramp symmetric around its middle.
    expect(data[1]).toBeCloseTo(1, 12)
    expect(data[0]! + data[2]!).toBeCloseTo(2, 12)
    const flat = gaussianBlur({ height: 2, width: 1, data: [3, 3] }, 19)
    expect(Array.from(flat.data).every((value) => Math.abs(value - 3) < 1e-12)).toBe(true)
  })

  it('refuse a blur without a middle', () => {
    const plane = { height: 1, width: 1, data: [1] }
    expect(() => gaussianBlur(plane, 4)).toThrow(expect.objectContaining({ code: 'render-invalid' }) as Error)
  })
})

describe('opaqueImage', () => {
  const shown = (i: number, options: object = {}) =>
    opaqueImage(referenceOf(i), { cropThreshold: defaultCropThreshold, ...options })

  it.each(numbers)('equals golden case %i', (i) => {
    expectImage(`opaque_${i}`, shown(i, { cropThreshold: null }))
    expectImage(`opaque_rf_${i}`, shown(i))
    const options = { alpha: 0.1, visibleThreshold: 0.4, cropThreshold: 0.25, kernelSize: 9 }
    expectImage(`opaque_args_${i}`, shown(i, options))
  })

  it('shows all of a sample where nothing would be left of it', () => {
    const dark = { ...referenceOf(0), heatmap: new Float32Array(size) }
    expect(opaqueImage(dark, { cropThreshold: 0.1 })).toMatchObject({ width, height })
    const point = new Float32Array(size)
    point[0] = 1
    const narrow = { ...referenceOf(0), heatmap: point }
    expect(opaqueImage(narrow, { cropThreshold: 0.99, kernelSize: 1 })).toMatchObject({ width, height })
    // The field of a neuron that sees nothing but padding.
    const range = { top: 0, bottom: 0, left: 0, right: 3 }
    expect(heatmapImages(referenceOf(0), { range, cropThreshold: null }).shown).toMatchObject({
      bottom: height,
    })
  })
})

describe('heatmapImages', () => {
  it.each(numbers)('equal golden case %i', (i) => {
    const runs = {
      heatmap: { cropThreshold: null },
      heatmap_rf: { cropThreshold: defaultCropThreshold },
      heatmap_rf_cmap: { cropThreshold: 0.3, colormap: 'coldnhot', symmetric: true },
    }
    for (const [name, options] of Object.entries(runs)) {
      const { image, heatmap } = heatmapImages(referenceOf(i), options)
      expectImage(`${name}_img_${i}`, image)
      expectImage(`${name}_heat_${i}`, heatmap)
    }
  })

  it('stand for every call of the golden case', () => {
    const { calls } = readJson<{ calls: unknown[] }>(`${folder}/case.json`)
    expect(calls).toHaveLength(6)
  })
})

describe('onSquare', () => {
  it('equals the golden case', () => {
    const heat = readNpy('goldens/image_resize_pad/heat.npy')
    const expected = readNpy('goldens/image_resize_pad/expected/rgba.npy')
    const { width, height, rgba } = onSquare(imgify(heat, { symmetric: true }), 64)
    expect([height, width, 4]).toEqual(expected.shape)
    expect(rgba).toEqual(expected.data)
  })

  it('keeps a square whole and a line visible', () => {
    const white = (w: number, h: number) => ({
      width: w,
      height: h,
      rgb: new Uint8Array(w * h * 3).fill(255),
    })
    expect(onSquare(white(3, 3), 5).rgba.every((value) => value === 255)).toBe(true)
    expect(onSquare(white(100, 1), 10).rgba.reduce((sum, value) => sum + value, 0)).toBe(10 * 4 * 255)
  })
})
