import { GraphBuilder, writeModel } from '@crp-serve/onnx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fp32, numbers, register, startTestEngine, type TestEngine, taskOf } from './support.ts'

/** A convolution and the mean over all positions, for inputs of any size or of a fixed batch. */
function convolutional(shape: readonly (number | string)[]): Uint8Array {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', shape)
  const weight = b.floats(
    Float32Array.from({ length: 2 * 9 }, (_, i) => (i % 5) - 1),
    [2, 1, 3, 3],
  )
  const conv = b.op('Conv', [x, weight], { pads: [1, 1, 1, 1] })
  b.add({ op: 'Relu', inputs: [conv], outputs: ['relu'] })
  const mean = b.op('GlobalAveragePool', ['relu'])
  b.output('y', b.op('Flatten', [mean]), 'float32', [shape[0]!, 2])
  return writeModel({
    irVersion: 8,
    producer: 'test',
    opsets: { '': 18 },
    graph: b.build('convolutional'),
    metadata: {},
  })
}

const image = (height: number, width: number, samples = 1) =>
  fp32(
    [samples, 1, height, width],
    Float32Array.from({ length: samples * height * width }, (_, i) => Math.abs(Math.sin(i + 1))),
  )

let test: TestEngine
beforeAll(async () => {
  test = await startTestEngine()
})
afterAll(() => test.close())

const conditions = [{ y: [0] }, { y: [1], relu: [0] }, { y: [1], relu: [1] }]

const explain = (
  model: string,
  inputs: readonly { tensor: ReturnType<typeof image> }[],
  asked: readonly object[] = conditions,
) =>
  test.engine.attribute(
    taskOf({
      model,
      inputs: inputs as never,
      conditions: asked as never,
      composite: 'epsilon_plus',
      output: { heatmap: ['tensor'] },
    }),
  )

describe('models that leave the size open', () => {
  it('explain samples of different sizes in one request, in the order of the request', async () => {
    await register(test.engine, convolutional(['N', 1, 'h', 'w']), { name: 'open' })
    const inputs = [{ tensor: image(6, 5) }, { tensor: image(4, 8) }, { tensor: image(6, 5) }]
    const { results } = await explain('open', inputs)
    expect(results.map(({ sample, condition }) => [sample, condition])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
      [2, 0],
      [2, 1],
      [2, 2],
    ])
    expect(results.map(({ heatmap }) => heatmap!.tensor!.shape.join('x'))).toEqual([
      ...['6x5', '6x5', '6x5'],
      ...['4x8', '4x8', '4x8'],
      ...['6x5', '6x5', '6x5'],
    ])
    expect(results[6]!.heatmap).toEqual(results[0]!.heatmap)
  })

  it('list layers without sizes', async () => {
    const layers = await test.engine.models.layers('open', 'epsilon_plus')
    expect(layers.find(({ op }) => op === 'Conv')).toMatchObject({
      output_shape: ['N', 2, null, null],
      concepts: 2,
      receptive_field: [3, 3],
    })
  })

  it('say what they take', async () => {
    const wrong = explain('open', [{ tensor: fp32([1, 3, 4, 4], new Float32Array(48)) }])
    await expect(wrong).rejects.toMatchObject({ code: 'tensor-shape-mismatch' })
  })
})

describe('models with a fixed batch of one', () => {
  it('take many samples, one at a time, with the same result', async () => {
    await register(test.engine, convolutional([1, 1, 6, 5]), { name: 'single' })
    await register(test.engine, convolutional(['N', 1, 6, 5]), { name: 'any' })
    const inputs = [{ tensor: image(6, 5, 3) }]
    const single = await explain('single', inputs)
    const any = await explain('any', inputs)
    const heatmaps = (answer: typeof any) =>
      answer.results.map(({ heatmap }) => [...numbers(heatmap!.tensor!).data])
    expect(heatmaps(single)).toEqual(heatmaps(any))
    const predicted = await test.engine.predict('single', { inputs, prediction: { top: 2, tensor: false } })
    expect(predicted.results.map(({ sample }) => sample)).toEqual([0, 1, 2])
  })
})

describe('the cost of a request', () => {
  it('runs the forward pass once for all conditions of a sample, and a target once for its masks', async () => {
    const repeated = Array.from({ length: 4 }, () => conditions.slice(1)).flat()
    const asked = [conditions[0]!, ...repeated, conditions[1]!]
    const { timings } = await explain('any', [{ tensor: image(6, 5) }], asked)
    // Two plans: without a mask one graph; with one forward, target, and two pieces of eight masks and of one.
    expect(timings.plan.executions).toBe(1 + 4)
    expect(timings.batch).toBe(8)
    // Counted is the one convolution. Per plan it runs forward, and, its input having both signs, twice for the
    // denominator of z-plus; each of the ten rows goes back through it twice.
    expect(timings.plan.forward_equivalents).toBe(2 * (1 + 2) + 10 * 2)
  })

  it('is that of one graph where there is one piece, and the same forward passes', async () => {
    const { timings } = await explain('any', [{ tensor: image(6, 5) }])
    expect(timings.plan.executions).toBe(2)
    expect(timings.plan.forward_equivalents).toBe(2 * (1 + 2) + 3 * 2)
  })
})
