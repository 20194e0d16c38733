import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LayerMaxima, mergeMaxima, type RankedSamples, TopSamples } from '../src/index.ts'

const channels = 3

interface Row {
  readonly sample: number
  readonly target: number
  readonly values: readonly number[]
  readonly neurons: readonly number[]
}

/** Few different values, so that ties are the rule; samples are distinct but for several targets of one. */
const rowsOf = (most: number) =>
  fc
    .array(
      fc.record({
        target: fc.nat(3),
        values: fc.array(fc.constantFrom(-2, -0.5, 0, 0.1, 1, Number.NaN), {
          minLength: channels,
          maxLength: channels,
        }),
        neurons: fc.array(fc.nat(5), { minLength: channels, maxLength: channels }),
      }),
      { maxLength: most },
    )
    .map((rows): Row[] => rows.map((row, i) => ({ ...row, sample: Math.floor(i / 2) })))

const rank = (value: number) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value)

/** The same by sorting whole columns in float64. */
function plainly(rows: readonly Row[], limit: number): RankedSamples {
  const columns = Array.from({ length: channels }, (_, channel) =>
    rows
      .map(({ sample, values, neurons }) => ({ sample, value: values[channel]!, neuron: neurons[channel]! }))
      .sort(
        (a, b) =>
          (rank(b.value) > rank(a.value) ? 1 : rank(b.value) < rank(a.value) ? -1 : 0) ||
          a.sample - b.sample ||
          a.neuron - b.neuron,
      ),
  )
  const ranks = Math.min(limit, rows.length)
  const inRanks = (pick: (entry: { sample: number; value: number; neuron: number }) => number) =>
    Array.from({ length: ranks * channels }, (_, i) =>
      pick(columns[i % channels]![Math.floor(i / channels)]!),
    )
  return {
    ranks,
    channels,
    values: Float32Array.from(inRanks(({ value }) => value)),
    samples: Int32Array.from(inRanks(({ sample }) => sample)),
    neurons: Int32Array.from(inRanks(({ neuron }) => neuron)),
  }
}

function collected(rows: readonly Row[], limit: number): RankedSamples {
  const top = new TopSamples(channels, limit)
  for (const row of rows) top.offer(row)
  return top.ranked()
}

describe('the best samples of channels', () => {
  it('are those of a plain sort, in its order, whatever the limit', () => {
    fc.assert(
      fc.property(rowsOf(60), fc.integer({ min: 1, max: 70 }), (rows, limit) => {
        expect(collected(rows, limit)).toEqual(plainly(rows, limit))
      }),
    )
  })

  it('break ties by the data-set index', () => {
    const top = new TopSamples(1, 2)
    for (const sample of [7, 3, 5]) top.offer({ sample, values: [1], neurons: [sample] })
    expect([...top.ranked().samples]).toEqual([3, 5])
    expect([...top.ranked().neurons]).toEqual([3, 5])
  })

  it('are the same for any cut, any order of rows and any order of merging, also per target', () => {
    const cases = fc.tuple(rowsOf(80), fc.integer({ min: 1, max: 24 }), fc.infiniteStream(fc.nat(3)))
    fc.assert(
      fc.property(cases, ([rows, topK, stream]) => {
        const options = { topK, statistics: true }
        const gather = (some: readonly Row[]) => {
          const maxima = new LayerMaxima(channels, options)
          for (const row of some) maxima.offer(row.target, row)
          return maxima.ranked()
        }
        const parts: Row[][] = [[], [], [], []]
        for (const row of rows) parts[stream.next().value!]!.push(row)
        const [a, b, c, d] = parts.map((part) => gather(part.reverse()))
        const merge = (...some: ReturnType<typeof gather>[]) => mergeMaxima(some, channels, options)
        const whole = gather(rows)
        expect(merge(a!, b!, c!, d!)).toEqual(whole)
        expect(merge(d!, merge(c!, a!), b!)).toEqual(whole)
        expect(merge(merge(merge(b!, c!), d!), a!)).toEqual(whole)
        for (const [target, ranked] of whole.byTarget) {
          const own = rows.filter((row) => row.target === target)
          expect(ranked).toEqual(plainly(own, topK))
        }
        expect([...whole.byTarget.keys()]).toEqual([...new Set(rows.map(({ target }) => target))].sort())
      }),
    )
  })

  it('round values to float32 before they compare them', () => {
    const top = new TopSamples(1, 2)
    top.offer({ sample: 1, values: [0.1 + 1e-12], neurons: [0] })
    top.offer({ sample: 0, values: [0.1], neurons: [0] })
    expect([...top.ranked().samples]).toEqual([0, 1])
  })

  it('take no more room than is said, and hold nothing of what was added to them', () => {
    for (const limit of [1, 5, 40]) {
      const top = new TopSamples(channels, limit)
      for (let sample = 0; sample < 100; sample++) {
        const buffer = new ArrayBuffer(1 << 16)
        const values = new Float32Array(buffer, 8, channels).fill(sample)
        const [samples, neurons] = [Int32Array, Int32Array].map((array) => new array(buffer, 1024, channels))
        top.add({ ranks: 1, channels, values, samples: samples!.fill(sample), neurons: neurons! })
        expect(top.byteLength).toBeLessThanOrEqual(TopSamples.mostBytes(channels, limit))
        if (sample === 0) expect(top.ranked().values.buffer.byteLength).toBe(4 * channels)
      }
      expect(top.ranked().values[0]).toBe(99)
    }
  })

  it('take little room for few samples', () => {
    const top = new TopSamples(100, 40)
    top.offer({ sample: 0, values: new Float32Array(100), neurons: new Int32Array(100) })
    expect(top.byteLength).toBeLessThan((100 * 40 * 12) / 8)
  })
})
