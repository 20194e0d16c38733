import { analyse, canonize, compileAttribution, type MaxTarget, rulesFor, startLayer } from '@crp-serve/lrp'
import { constants, GraphBuilder, type Model } from '@crp-serve/onnx'
import type { Tensor } from '@crp-serve/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EngineSession } from './engine-session.ts'

const channels = 3

/** A convolution that gives every channel back, and its sums. */
function copying(positions: readonly number[]): Model {
  const b = new GraphBuilder()
  b.input('x', 'float32', ['N', channels, ...positions])
  const ones = Float32Array.from({ length: channels ** 2 }, (_, i) => (i % (channels + 1) === 0 ? 1 : 0))
  const kernel = positions.map(() => 1)
  b.initializer('weight', constants.float32(ones, [channels, channels, ...kernel]))
  b.add({ op: 'Conv', name: '/copy/Conv', inputs: ['x', 'weight'], outputs: ['copied'], attributes: {} })
  b.output('y', b.op('Flatten', [b.op('GlobalAveragePool', ['copied'])]), 'float32', ['N', channels])
  return { irVersion: 8, producer: '', opsets: { '': 18 }, graph: b.build('copying'), metadata: {} }
}

/** The graph that reads the activation of the convolution per channel. */
function sampling(positions: readonly number[], maxTarget: MaxTarget) {
  const explainable = analyse(canonize(copying(positions), { mergeBatchNorm: true }).model)
  const layer = explainable.lookup.get('copied')
  const assigned = rulesFor(explainable, { layers: [] })
  const rules = new Map([...assigned].map(([of, { rule }]) => [of, rule]))
  const { model, outputs } = compileAttribution(explainable, rules, {
    start: startLayer(explainable, 'output'),
    startMode: 'value',
    predicted: false,
    masks: [],
    excludeParallel: false,
    relevance: [],
    activation: [],
    sampling: { maxTarget, relevance: [], activation: [layer] },
    heatmap: false,
    inputRelevance: false,
  })
  return { model, sampled: outputs.sampled.activation.get(layer)! }
}

/** Few different values, so that ties are the rule; the last channel of each row holds nothing else. */
const tied = (rows: number, size: number): Float32Array =>
  Float32Array.from({ length: rows * channels * size }, (_, i) =>
    Math.floor(i / size) % channels === channels - 1
      ? -1
      : Math.floor(1000 * Math.sin(i * 12.9898) ** 2) % 97,
  )

function firstGreatest(values: Float32Array): number {
  let best = 0
  for (const [i, value] of values.entries()) if (value > values[best]!) best = i
  return best
}

let session: EngineSession
beforeAll(async () => {
  session = await EngineSession.start()
})
afterAll(() => session.close())

describe('the position of the greatest value', () => {
  // Flat, in lines, in lines of three axes, and a single axis.
  const shapes = [[7, 7], [16, 32], [23, 41], [56, 56], [4, 12, 20], [600]]
  const cases = shapes.flatMap((shape) => [[shape, 'sum'] as const, [shape, 'max'] as const])
  it.each(cases)('is the first of equal ones in %j, beside the %s', async (shape, maxTarget) => {
    const rows = 3
    const size = shape.reduce((a, b) => a * b, 1)
    const data = tied(rows, size)
    const { model, sampled } = sampling(shape, maxTarget)
    const feed = (from: number, to: number): Record<string, Tensor> => ({
      x: {
        type: 'float32',
        dims: [to - from, channels, ...shape],
        data: data.subarray(from * channels * size, to * channels * size),
      },
    })
    const wanted = model.graph.inputs.map(({ name }) => name)
    const select = {
      type: 'float32' as const,
      dims: [rows, channels],
      data: new Float32Array(rows * channels),
    }
    const feeds = wanted.includes('crp:select') ? { ...feed(0, rows), 'crp:select': select } : feed(0, rows)
    const [fetched] = await session.run({ compiled: { model } }, [feeds])
    const maps = Array.from({ length: rows * channels }, (_, i) => data.subarray(i * size, (i + 1) * size))
    expect([...fetched![sampled.neurons!]!.data]).toEqual(maps.map(firstGreatest))
    expect(fetched![sampled.neurons!]!.dims).toEqual([rows, channels])
    if (maxTarget === 'max') {
      expect([...fetched![sampled.values]!.data]).toEqual(maps.map((map) => map[firstGreatest(map)]!))
    }
  })
})
