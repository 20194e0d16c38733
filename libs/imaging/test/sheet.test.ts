import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { encodePng, imageSheet, pngSize, type RgbImage } from '../src/index.ts'

const filled = (value: number, side = 4): RgbImage => ({
  width: side,
  height: side,
  rgb: new Uint8Array(side * side * 3).fill(value),
})

describe('a sheet', () => {
  it('opens one cell at a time, row by row', async () => {
    const opened: number[] = []
    let open = 0
    const rows = [
      { label: 7, lines: [[1, 2], [3]] },
      { label: 12, lines: [[4]] },
    ]
    await imageSheet(rows, 8, async (cell) => {
      opened.push(cell)
      expect(++open).toBe(1)
      await sleep(1)
      open--
      return filled(cell)
    })
    expect(opened).toEqual([1, 2, 3, 4])
  })

  it('holds every cell in its place, and is white elsewhere', async () => {
    const rows = [{ label: 0, lines: [[10, 20]] }]
    const { width, height, rgb } = await imageSheet(rows, 4, async (cell) => filled(cell))
    const columns = (value: number) =>
      Array.from({ length: width * height }, (_, i) => i)
        .filter((i) => rgb[3 * i] === value)
        .map((i) => i % width)
    expect([columns(10).length, columns(20).length]).toEqual([16, 16])
    expect(Math.max(...columns(10))).toBeLessThan(Math.min(...columns(20)))
    expect(new Set(rgb)).toEqual(new Set([0, 10, 20, 255]))
  })
})

describe('the size of a PNG', () => {
  it('stands in its header', async () => {
    expect(pngSize(await encodePng(new Uint8Array(3 * 300 * 7), 300, 7))).toEqual({ width: 300, height: 7 })
  })
})
