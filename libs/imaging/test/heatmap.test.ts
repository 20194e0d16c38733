import { describe, expect, it } from 'vitest'
import { decodeImage, imgify, palette, renderHeatmap } from '../src/index.ts'
import { generous, readJson, readNpy } from './fixtures.ts'

const paletteCase = readJson<{ sources: Record<string, string>; other: Record<string, [string, number]> }>(
  'goldens/image_palette/case.json',
)
const imgifyCase = readJson<{
  calls: { array: string; source: string; args: Record<string, unknown> }[]
}>('goldens/image_imgify/case.json')

const failsWith = (code: string) => expect.objectContaining({ code }) as Error

describe('palette', () => {
  it.each(Object.entries(paletteCase.sources))(
    '%s equals the golden case, by name and by nodes',
    (name, nodes) => {
      const expected = readNpy(`goldens/image_palette/expected/palette_${name}.npy`).data
      expect(palette(name)).toEqual(expected)
      expect(palette(nodes)).toEqual(expected)
    },
  )

  it.each(Object.entries(paletteCase.other))('%s equals the golden case', (name, [map, level]) => {
    expect(palette(map, level)).toEqual(readNpy(`goldens/image_palette/expected/${name}.npy`).data)
  })

  it.each(['', 'purple', 'fff', '00f,80:ff', 'g00,fff', '80:000,40:fff', 'toString'])(
    'refuses "%s"',
    (map) => {
      expect(() => palette(map)).toThrow(failsWith('colormap-invalid'))
    },
  )

  it('refuses a level below zero or NaN', () => {
    expect(() => palette('bwr', -1)).toThrow(failsWith('render-invalid'))
    expect(() => palette('bwr', Number.NaN)).toThrow(failsWith('render-invalid'))
  })
})

describe('imgify', () => {
  it.each(imgifyCase.calls)('$array equals the golden case', ({ array, source, args }) => {
    // The golden call fills empty cells with level 0, which is what they always have here.
    const { cmap, gridfill: _, ...options } = args
    const shown = imgify(readNpy(`goldens/image_imgify/${source}`), {
      ...options,
      ...(cmap ? { colormap: String(cmap) } : {}),
    })
    const expected = readNpy(`goldens/image_imgify/expected/${array}.npy`)
    expect([shown.height, shown.width, 3]).toEqual(expected.shape)
    expect(shown.rgb).toEqual(expected.data)
  })

  it('shows a constant array at the centre if symmetric, else at the bottom', () => {
    const zeros = { shape: [1, 1], data: new Float32Array(1) }
    expect([...imgify(zeros, { colormap: 'gray', symmetric: true }).rgb]).toEqual([127, 127, 127])
    expect([...imgify(zeros, { colormap: 'gray' }).rgb]).toEqual([0, 0, 0])
  })

  it('refuses values that are not finite and shapes that are no image', () => {
    const shown = (shape: number[], ...data: number[]) => imgify({ shape, data: Float32Array.from(data) })
    expect(() => shown([1, 2], 1, Number.NaN)).toThrow(failsWith('heatmap-not-finite'))
    expect(() => shown([1, 2], 1, Number.NEGATIVE_INFINITY)).toThrow(failsWith('heatmap-not-finite'))
    expect(() => shown([1, 3], 1, 2)).toThrow(failsWith('render-invalid'))
    expect(() => shown([2], 1, 2)).toThrow(failsWith('render-invalid'))
    expect(() => shown([0, 2])).toThrow(failsWith('render-invalid'))
  })
})

describe('renderHeatmap', () => {
  const values = Float32Array.of(-1, 0, 0.5, 1)
  const render = async (...args: Parameters<typeof renderHeatmap>) =>
    decodeImage(await renderHeatmap(...args), generous)
  const grey = { width: 2, height: 2, rgb: new Uint8Array(12).fill(100) }

  it('is the imgify of the values in bwr, symmetric, by default', async () => {
    const expected = imgify({ shape: [2, 2], data: values }, { colormap: 'bwr', symmetric: true })
    expect(await render(values, [2, 2])).toEqual(expected)
    expect([...expected.rgb.subarray(0, 3)]).toEqual([0, 0, 255])
  })

  it('enlarges every value to a square', async () => {
    const small = await render(values, [2, 2])
    const large = await render(values, [2, 2], { scale: 3 })
    expect(large).toMatchObject({ width: 6, height: 6 })
    const at = (x: number, y: number) => [...large.rgb.subarray((y * 6 + x) * 3, (y * 6 + x) * 3 + 3)]
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 6; x++) {
        const from = (Math.floor(y / 3) * 2 + Math.floor(x / 3)) * 3
        expect(at(x, y)).toEqual([...small.rgb.subarray(from, from + 3)])
      }
    }
  })

  it('blends the background in by its share', async () => {
    const heat = await render(values, [2, 2])
    const half = await render(values, [2, 2], { overlay: 0.5 }, grey)
    expect(half.rgb).toEqual(heat.rgb.map((value) => Math.round((value + 100) / 2)))
    expect((await render(values, [2, 2], { overlay: 1 }, grey)).rgb).toEqual(grey.rgb)
    expect(await render(values, [2, 2], { overlay: 0 }, grey)).toEqual(heat)
  })

  it('gives the same bytes every time', async () => {
    expect(await renderHeatmap(values, [2, 2])).toEqual(await renderHeatmap(values, [2, 2]))
  })

  it.each([
    [{ overlay: 1.5 }, '/overlay'],
    [{ overlay: Number.NaN }, '/overlay'],
    [{ scale: 0 }, '/scale'],
    [{ scale: 1.5 }, '/scale'],
    [{ scale: 65 }, '/scale'],
    [{ level: -1 }, '/level'],
  ])('refuses %j', async (options, pointer) => {
    await expect(renderHeatmap(values, [2, 2], options, grey)).rejects.toMatchObject({
      code: 'render-invalid',
      pointer,
    })
  })

  it('refuses an overlay without an image', async () => {
    await expect(renderHeatmap(values, [2, 2], { overlay: 0.5 })).rejects.toMatchObject({
      code: 'render-invalid',
    })
  })
})
