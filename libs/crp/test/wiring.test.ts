import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearestInputs, upstreamOf, type WiredLayer, withoutTwiceRemoved } from '../src/wiring.ts'

const layer = (name: string, ...inputs: string[]): WiredLayer => ({ name, inputs })

/** conv1, then two residual blocks of one convolution each, then a head that reads the second sum. */
const residual = [
  layer('conv1'),
  layer('relu1', 'conv1'),
  layer('conv2', 'relu1'),
  layer('sum1', 'relu1', 'conv2'),
  layer('conv3', 'sum1'),
  layer('sum2', 'conv3', 'sum1'),
  layer('head', 'sum2'),
]
const convolutions = new Set(['conv1', 'conv2', 'conv3', 'head'])

describe('nearestInputs', () => {
  it('passes through layers that do not count, in the order in which a walk from the input finds them', () => {
    const nearest = nearestInputs(residual, convolutions)
    expect(nearest.get('conv2')).toEqual(['conv1'])
    // The walk goes down the branch before it comes to the sum by the skip connection, whatever the operands' order.
    expect(nearest.get('conv3')).toEqual(['conv2', 'conv1'])
    expect(nearest.get('head')).toEqual(['conv3', 'conv2', 'conv1'])
  })

  it('takes branches in the order in which the graph computes them', () => {
    const branches = [layer('b'), layer('a'), layer('join', 'a', 'b')]
    expect(nearestInputs(branches, new Set(['a', 'b'])).get('join')).toEqual(['b', 'a'])
  })

  it('is quick where unnamed layers fan out and join again and again', () => {
    const deep = [layer('first')]
    for (let i = 0; i < 10_000; i++) {
      const last = deep.at(-1)!.name
      deep.push(layer(`a${i}`, last), layer(`b${i}`, last, `a${i}`))
    }
    expect(nearestInputs(deep, new Set(['first'])).get('b9999')).toEqual(['first'])
  })

  it('finds exactly what a search backwards finds', () => {
    const graphs = fc.array(fc.uniqueArray(fc.nat(20), { maxLength: 3 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(graphs, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (inputs, flags) => {
        const layers = inputs.map((list, i) =>
          layer(String(i), ...list.filter((input) => input < i).map(String)),
        )
        const chosen = new Set(layers.map(({ name }) => name).filter((_, i) => flags[i]))
        const search = (name: string): string[] =>
          layers[Number(name)]!.inputs.flatMap((input) => (chosen.has(input) ? [input] : search(input)))
        const nearest = nearestInputs(layers, chosen)
        for (const { name } of layers)
          expect([...nearest.get(name)!].sort()).toEqual([...new Set(search(name))].sort())
      }),
    )
  })
})

describe('withoutTwiceRemoved', () => {
  it('leaves out what lies upstream of another input', () => {
    const nearest = nearestInputs(residual, convolutions)
    expect(withoutTwiceRemoved('head', nearest)).toEqual(['conv3'])
    expect([...upstreamOf('conv3', nearest)].sort()).toEqual(['conv1', 'conv2'])
  })

  it('keeps parallel branches', () => {
    const branches = [layer('a'), layer('b'), layer('join', 'a', 'b')]
    const nearest = nearestInputs(branches, new Set(['a', 'b']))
    expect(withoutTwiceRemoved('join', nearest)).toEqual(['a', 'b'])
  })
})
