import { describe, expect, it } from 'vitest'
import {
  type AttributedSample,
  inputTimesGradient,
  integratedGradients,
  normals,
  occlusion,
  seededNoise,
  slidingWindows,
  smoothGrad,
  startTotal,
} from '../src/index.ts'

const sample = (values: readonly number[], sizes: readonly number[] = [values.length]): AttributedSample => ({
  position: 0,
  sizes,
  values: Float32Array.from(values),
})
const constant = (value: number) => () => () => value

describe('normals', () => {
  const drawn = normals(100_001, 7, 3)

  it('are standard normal', () => {
    const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length
    const moment = (power: number) => drawn.reduce((sum, z) => sum + z ** power, 0) / drawn.length
    expect(Math.abs(mean)).toBeLessThan(0.015)
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.02)
    expect(Math.abs(moment(3))).toBeLessThan(0.05)
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.15)
    const inside = drawn.filter((z) => Math.abs(z) < 1).length / drawn.length
    expect(Math.abs(inside - 0.6827)).toBeLessThan(0.006)
  })

  it('are the same for the same seed and stream, and others for others', () => {
    expect(normals(5, 7, 3)).toEqual(drawn.subarray(0, 5).slice())
    // Fixed for good: answers of a seed must not change from release to release.
    expect([...normals(3, 0, 0)].map((z) => z.toFixed(6))).toEqual(['-0.069089', '-2.061507', '-0.119114'])
    const others = [normals(5, 8, 3), normals(5, 7, 4), normals(5, 7 + 2 ** 32, 3)]
    for (const other of others) expect(other).not.toEqual(normals(5, 7, 3))
  })

  it('of neighbouring streams have nothing to do with each other', () => {
    const next = normals(100_001, 7, 4)
    const product = drawn.reduce((sum, z, i) => sum + z * next[i]!, 0) / drawn.length
    expect(Math.abs(product)).toBeLessThan(0.015)
  })
})

describe('smoothGrad', () => {
  it('scales noise by the range of the sample, and takes the mean', () => {
    const passes = smoothGrad(3, 0.5, () => Float32Array.of(1, -2, 0))
    expect(passes.count).toBe(2)
    expect([...passes.sample(sample([1, 5, 3]), 0)]).toEqual([3, 1, 3])
    expect([...passes.finish(Float64Array.of(6, -3, 0), sample([1, 5, 3]))]).toEqual([2, -1, 0])
  })

  it('gives a sample the same noise wherever it stands, and each pass its own', () => {
    const noise = seededNoise(11)
    const first = sample([0, 0, 0, 1])
    expect(noise({ ...first, position: 5 }, 2)).toEqual(noise(first, 2))
    expect(noise(first, 1)).not.toEqual(noise(first, 2))
  })
})

describe('integratedGradients', () => {
  it('walks from the baseline to the sample, which comes on top', () => {
    const passes = integratedGradients(4, constant(2))
    const at = (pass: number) => [...passes.sample(sample([4, 2]), pass)]
    expect([0, 1, 2].map(at)).toEqual([
      [2.5, 2],
      [3, 2],
      [3.5, 2],
    ])
    expect(passes.count).toBe(3)
    expect([...passes.finish(Float64Array.of(8, 8), sample([4, 2]))]).toEqual([4, 0])
  })
})

describe('inputTimesGradient', () => {
  it('needs no further pass', () => {
    const passes = inputTimesGradient()
    expect(passes.count).toBe(0)
    expect([...passes.finish(Float64Array.of(2, 3), sample([-1, 4]))]).toEqual([-2, 12])
  })
})

describe('slidingWindows', () => {
  it('wrap around where they do not fit', () => {
    const { count, positions } = slidingWindows([5], 3, 2)
    expect(count).toBe(3)
    expect([0, 1, 2].map(positions)).toEqual([
      [0, 1, 2],
      [2, 3, 4],
      [4, 0, 1],
    ])
  })

  it('take axes whole that a list leaves out, and are no longer than an axis', () => {
    const { count, positions } = slidingWindows([2, 3], [2], [2])
    expect(count).toBe(2)
    expect(positions(1)).toEqual([2, 0, 5, 3])
    expect(slidingWindows([3, 4], 8, 8).positions(0)).toHaveLength(12)
  })

  it('slide along every axis by the same stride where it is one number', () => {
    // As the peer has it: a window over all channels counts once for every step along them.
    expect(slidingWindows([3, 4], 4, 2).count).toBe(4)
  })
})

describe('occlusion', () => {
  const x = sample([1, 2, 3, 4])
  const options = { window: 2, stride: 2, fill: constant(9) }

  it('fills the surroundings, or the window', () => {
    const outside = occlusion(x.sizes, { ...options, invert: false })
    expect([...outside.sample(x, 1)]).toEqual([9, 9, 3, 4])
    const inside = occlusion(x.sizes, { ...options, invert: true })
    expect([...inside.sample(x, 1)]).toEqual([1, 2, 9, 9])
    expect([...x.values]).toEqual([1, 2, 3, 4])
  })

  it('adds scores up over the windows', () => {
    const passes = occlusion(x.sizes, { window: 3, stride: 2, fill: constant(0), invert: false })
    const sum = new Float64Array(4)
    passes.add(sum, 0, 5)
    passes.add(sum, 1, 7)
    expect([...sum]).toEqual([12, 5, 12, 7])
  })
})

describe('startTotal', () => {
  it('sums the classes of y once each, over their positions', () => {
    const valueAt = (i: number) => 10 ** i
    expect(startTotal(valueAt, [1, 1], [3])).toBe(10)
    expect(startTotal(valueAt, null, [3])).toBe(111)
    expect(startTotal(valueAt, [], [3])).toBe(0)
    expect(startTotal(valueAt, [1], [2, 2])).toBe(1100)
  })
})
