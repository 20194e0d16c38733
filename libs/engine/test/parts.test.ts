import { analyse, canonize } from '@crp-serve/lrp'
import { GraphBuilder, inferTypes, type Model } from '@crp-serve/onnx'
import type { Tensor } from '@crp-serve/runtime'
import { describe, expect, it } from 'vitest'
import { piecesPerBatch, rowsPerPiece } from '../src/attribution/cut.ts'
import type { PlanFeed } from '../src/attribution/feeds.ts'
import { predictionOf, softmax } from '../src/attribution/prediction.ts'
import { batchProgram, rowOf } from '../src/attribution/program.ts'
import { fieldOfElement, receptiveFields } from '../src/receptive-field.ts'
import type { PlanPart } from '../src/tools/compile.ts'
import { nominalSize, preprocessedSize } from '../src/tools/input-size.ts'
import { multiplications } from '../src/tools/work.ts'

const ones = (builder: GraphBuilder, dims: readonly number[]) =>
  builder.floats(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims)

const modelOf = (builder: GraphBuilder): Model => ({
  irVersion: 8,
  producer: 'test',
  opsets: { '': 18 },
  graph: builder.build('test'),
  metadata: {},
})

/** Conv 7 stride 2 pad 3, MaxPool 3 stride 2 pad 1, then a residual block of a 3x3 convolution, then the mean. */
function stem(): Model {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', ['N', 3, 64, 64])
  const conv = b.op('Conv', [x, ones(b, [4, 3, 7, 7])], { strides: [2, 2], pads: [3, 3, 3, 3] })
  const pool = b.op('MaxPool', [conv], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })
  const inner = b.op('Conv', [pool, ones(b, [4, 4, 3, 3])], { pads: [1, 1, 1, 1] })
  const sum = b.op('Add', [inner, pool])
  const mean = b.op('GlobalAveragePool', [sum])
  b.output('y', b.op('Gemm', [b.op('Flatten', [mean]), ones(b, [4, 5])]), 'float32', ['N', 5])
  return modelOf(b)
}

describe('receptiveFields', () => {
  it('follows windows, joins branches and sees everything behind a global pool', () => {
    const explainable = analyse(canonize(stem(), { mergeBatchNorm: true }).model)
    const fields = receptiveFields(explainable)
    const of = (op: string, nth = 0) =>
      fields.get(explainable.layers.filter(({ node }) => node.op === op)[nth]!)!.map((field) => field)
    expect(of('Conv')[0]).toMatchObject({ size: 7, stride: 2, offset: -3 })
    expect(of('MaxPool')[1]).toMatchObject({ size: 11, stride: 4, offset: -5 })
    expect(of('Conv', 1)[0]).toMatchObject({ size: 19, stride: 4, offset: -9 })
    expect(of('Add')[0]).toMatchObject({ size: 19, stride: 4, offset: -9 })
    expect(of('GlobalAveragePool')[0]).toMatchObject({ size: 64, stride: 0, offset: 0 })
    expect(of('Gemm')[0]).toMatchObject({ size: 64, stride: 0, offset: 0 })
  })

  it('gives the pixels of one element, clipped to the input', () => {
    const explainable = analyse(canonize(stem(), { mergeBatchNorm: true }).model)
    const fields = receptiveFields(explainable)
    const of = (op: string) => fields.get(explainable.layers.find(({ node }) => node.op === op)!)!
    expect(fieldOfElement(of('Conv'), [4, 32, 32], 3, 0)).toEqual([
      [0, 4],
      [0, 4],
    ])
    expect(fieldOfElement(of('Conv'), [4, 32, 32], 0, 2 * 32 + 31)).toEqual([
      [1, 8],
      [59, 64],
    ])
    expect(fieldOfElement(of('Gemm'), [5], 4, 0)).toEqual([
      [0, 64],
      [0, 64],
    ])
  })

  it('follows axes that are moved, and finds none without windows', () => {
    const b = new GraphBuilder()
    const x = b.input('x', 'float32', ['N', 8, 6, 3])
    const moved = b.op('Transpose', [x], { perm: [0, 3, 1, 2] })
    b.output('y', b.op('Conv', [moved, ones(b, [2, 3, 3, 1])]), 'float32', null)
    const channelsLast = analyse(canonize(modelOf(b), { mergeBatchNorm: true }).model)
    const conv = channelsLast.layers.find(({ node }) => node.op === 'Conv')!
    expect(
      receptiveFields(channelsLast)
        .get(conv)!
        .map(({ size }) => size),
    ).toEqual([3, 1])
    const dense = new GraphBuilder()
    const input = dense.input('x', 'float32', ['N', 4])
    dense.output('y', dense.op('Gemm', [input, ones(dense, [4, 2])]), 'float32', null)
    const mlp = analyse(canonize(modelOf(dense), { mergeBatchNorm: true }).model)
    expect([...receptiveFields(mlp).values()]).toEqual(mlp.layers.map(() => null))
  })
})

describe('multiplications', () => {
  it('counts convolutions and matrix products of one row', () => {
    const model = stem()
    const { types } = inferTypes(model)
    expect(multiplications(model.graph, types)).toBe(
      4 * 32 * 32 * 3 * 7 * 7 + 4 * 16 * 16 * 4 * 3 * 3 + 5 * 4,
    )
  })
})

describe('batchProgram', () => {
  const part = (name: string, feeds: string[], reads: string[], keeps: string[]): PlanPart => ({
    path: `/${name}`,
    feeds,
    reads,
    outputs: [`${name}/out`],
    keeps,
    multiplications: 10,
  })
  const parts = [
    part('forward', ['data'], [], ['z']),
    part('target', ['select'], ['z'], ['r']),
    part('mask', ['mask'], ['z', 'r'], []),
  ]
  const feed = (key: string, rows: number): PlanFeed => ({
    key,
    tensor: { type: 'float32', dims: [rows, 1], data: new Float32Array(rows) },
  })
  const piece = (target: string, mask: string, rows: number) =>
    new Map([
      ['data', feed('samples', 1)],
      ['select', feed(target, 1)],
      ['mask', feed(mask, rows)],
    ])

  it('runs the forward pass once, a target once, and every mask', () => {
    const { steps, sources, multiplications } = batchProgram({ parts }, [
      piece('a', 'm0', 3),
      piece('a', 'm1', 2),
      piece('b', 'm2', 1),
    ])
    expect(steps.map(({ model }) => model)).toEqual([
      '/forward',
      '/target',
      '/mask',
      '/mask',
      '/target',
      '/mask',
    ])
    expect(sources.map((found) => [...found.values()])).toEqual([
      [0, 1, 2],
      [0, 1, 3],
      [0, 4, 5],
    ])
    expect(multiplications).toBe(10 * (1 + 1 + 3 + 2 + 1 + 1))
    expect(steps[2]!.feeds['r']).toEqual({ slot: 'r' })
  })

  it('gives a row that all share to each of them', () => {
    const shared: Tensor = { type: 'float32', dims: [1, 2], data: Float32Array.of(5, 6) }
    expect([...rowOf(shared, 7).values]).toEqual([5, 6])
    const own: Tensor = { type: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) }
    expect(rowOf(own, 1)).toEqual({ sizes: [2], values: Float32Array.of(3, 4) })
  })
})

describe('predictionOf', () => {
  const answer = {
    output: { sizes: [3], values: Float32Array.of(0.2, 0.7, 0.1) },
    start: { sizes: [3], values: Float32Array.of(2, 1000, 2) },
    labels: ['a', 'b'],
  }

  it('ranks by score, and takes probabilities from where the model has them', () => {
    const own = predictionOf({ ...answer, probability: 'output' }, { top: 3, tensor: true })
    expect(own.top.map(({ index }) => index)).toEqual([1, 0, 2])
    expect(own.top[0]).toEqual({ index: 1, label: 'b', score: 1000, probability: Math.fround(0.7) })
    expect(own.top[2]).not.toHaveProperty('label')
    expect(own.tensor!.shape).toEqual([3])
    const soft = predictionOf({ ...answer, probability: 'softmax-start' }, { top: 1, tensor: false })
    expect(soft.top[0]!.probability).toBe(1)
    expect(soft).not.toHaveProperty('tensor')
  })

  it('has figures that are not finite as null', () => {
    const start = { sizes: [2], values: Float32Array.of(Number.NaN, 1) }
    const { top } = predictionOf(
      { ...answer, start, probability: 'softmax-start' },
      { top: 2, tensor: false },
    )
    expect(top.map(({ index, score }) => [index, score])).toEqual([
      [1, 1],
      [0, null],
    ])
  })

  it('does not overflow', () => {
    expect([...softmax([1000, 1000])]).toEqual([0.5, 0.5])
  })
})

describe('sizes', () => {
  const base = { size: null, resize: 'stretch', crop: false, layout: 'NCHW' } as const

  it('knows which preprocessings give images of one size', () => {
    expect(preprocessedSize({ ...base, size: [4, 6] })).toEqual([3, 4, 6])
    expect(preprocessedSize({ ...base, size: 8, layout: 'NHWC' })).toEqual([8, 8, 3])
    expect(preprocessedSize({ ...base, size: 8, resize: 'shorter_side' })).toBeNull()
    expect(preprocessedSize({ ...base, size: 8, resize: 'shorter_side', crop: true })).toEqual([3, 8, 8])
    expect(preprocessedSize({ ...base, size: 8, resize: 'shorter_side', crop: [7, 5] })).toEqual([3, 7, 5])
    expect(preprocessedSize(base)).toBeNull()
  })

  it('looks at open models at the size of their images, else at a usual one', () => {
    expect(nominalSize(['N', 3, 32, 32], null)).toBeNull()
    expect(nominalSize(['N', 3, null, 'w'], [3, 96, 96])).toEqual([3, 96, 96])
    expect(nominalSize(['N', 3, null, 'w'], null)).toEqual([3, 224, 224])
    expect(nominalSize(['N', null, 8, 8], null)).toBeNull()
  })

  it('takes fewer rows at once where they are large', () => {
    expect([rowsPerPiece(1000), rowsPerPiece(110e6), rowsPerPiece(1e12)]).toEqual([8, 2, 1])
    expect([piecesPerBatch(1000), piecesPerBatch(50e6), piecesPerBatch(1e12)]).toEqual([16, 2, 1])
  })
})
