import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constantStart, type ElementSelection, maskTensor, startSelection } from '../src/index.ts'

const channels = (...list: number[]): ElementSelection => ({ kind: 'channels', channels: list })

describe('maskTensor', () => {
  it('gives whole channels one value each', () => {
    const mask = maskTensor([channels(0, 2), channels()], [3, 4, 5])
    expect(mask.dims).toEqual([2, 3, 1, 1])
    expect([...mask.data]).toEqual([1, 0, 1, 0, 0, 0])
  })

  it('takes the full shape as soon as one row selects single neurons', () => {
    const neurons: ElementSelection = { kind: 'neurons', neurons: [{ channel: 1, positions: [0, 3] }] }
    const mask = maskTensor([neurons, channels(0)], [2, 2, 2])
    expect(mask.dims).toEqual([2, 2, 2, 2])
    expect([...mask.data]).toEqual([0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0])
  })

  it('masks the features of a layer without positions', () => {
    expect(maskTensor([channels(1)], [3])).toEqual({ dims: [1, 3], data: Float32Array.of(0, 1, 0) })
  })

  it('is the same whether a channel is named or all of its neurons are', () => {
    const shape = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }))
    fc.assert(
      fc.property(shape, fc.nat(4), ([count, side], pick) => {
        const channel = pick % count
        const positions = Array.from({ length: side * side }, (_, i) => i)
        const sizes = [count, side, side]
        const neurons: ElementSelection = { kind: 'neurons', neurons: [{ channel, positions }] }
        const mixed = maskTensor([channels(channel), neurons], sizes).data
        const half = mixed.length / 2
        expect(mixed.slice(0, half)).toEqual(mixed.slice(half))
        const sum = (data: Float32Array) => data.reduce((a, b) => a + b, 0)
        expect(sum(maskTensor([channels(channel)], sizes).data)).toBe(1)
        expect(sum(mixed)).toBe(2 * side * side)
      }),
    )
  })
})

describe('startSelection', () => {
  it('selects classes, blocks for an empty list and takes everything without y', () => {
    const { select, predicted } = startSelection([[1], [], null, 'predicted'], [3])
    expect(select.dims).toEqual([4, 3])
    expect([...select.data]).toEqual([0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0])
    expect(predicted).toEqual({ dims: [4, 1], data: Float32Array.of(0, 0, 0, 1) })
  })

  it('broadcasts over the positions of a start tensor that has some', () => {
    const { select, predicted } = startSelection([[0]], [2, 7, 7])
    expect(select.dims).toEqual([1, 2, 1, 1])
    expect(predicted.dims).toEqual([1, 1, 1, 1])
    expect(constantStart(0.5, [2, 7, 7])).toEqual({ dims: [1, 1, 1, 1], data: Float32Array.of(0.5) })
  })
})
