import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GraphBuilder, type Model as Onnx, writeModel } from '@crp-serve/onnx'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '../src/index.ts'
import { fp32, numbers, register, startTestEngine, type TestEngine, taskOf, testConfig } from './support.ts'

/** y = x W + b with two features and three classes, an optional operator behind it, and an optional weight file. */
function tinyModel(options: { behind?: string; bias?: number; external?: string } = {}): Uint8Array {
  const { behind, bias = 0, external } = options
  const builder = new GraphBuilder()
  const x = builder.input('x', 'float32', ['N', 2])
  const w = builder.initializer('fc.weight', {
    dataType: 'float32',
    dims: [2, 3],
    data:
      external === undefined
        ? { kind: 'inline', bytes: weights }
        : { kind: 'external', location: external, offset: 0, length: weights.length },
  })
  const b = builder.floats([bias, 0, 0], [3])
  const logits = builder.op('Gemm', [x, w ?? 'fc.weight', b])
  builder.add({ op: behind ?? 'Identity', inputs: [logits], outputs: ['y'] })
  builder.output('y', 'y', 'float32', ['N', 3])
  const model: Onnx = {
    irVersion: 8,
    producer: 'test',
    opsets: { '': 18 },
    graph: builder.build('tiny'),
    metadata: {},
  }
  return writeModel(model)
}

const weights = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)

let test: TestEngine
beforeAll(async () => {
  test = await startTestEngine()
})
afterAll(() => test.close())

const contents = () => readdirSync(join(test.dataDir, 'models'))
const explain = (model: string, engine = test.engine) =>
  engine.attribute(
    taskOf({
      model,
      inputs: [{ tensor: fp32([1, 2], [1, 1]) }] as never,
      conditions: [{ y: [2] }],
      composite: 'epsilon_plus',
      output: { heatmap: ['tensor'], per_channel: true },
    }),
  )

afterEach(async () => {
  for (const { name } of (await test.engine.models.list(1000)).models) await test.engine.models.delete(name)
  expect(readdirSync(join(test.dataDir, 'uploads')), 'uploads are tidied').toEqual([])
})

describe('names and contents', () => {
  it('registers once, and again without a change', async () => {
    const first = await register(test.engine, tinyModel(), { name: 'a', labels: ['x', 'y', 'z'] })
    expect(first.created).toBe(true)
    expect(first.model).toMatchObject({
      name: 'a',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      labels: ['x', 'y', 'z'],
      inputs: [{ name: 'x', shape: ['N', 2], datatype: 'FP32' }],
      outputs: [{ name: 'y', shape: ['N', 3], datatype: 'FP32' }],
      output: { tensor: 'y', start: 'logits' },
      unsupported: [],
    })
    const again = await register(test.engine, tinyModel(), { name: 'a', labels: ['x', 'y', 'z'] })
    expect(again).toEqual({ created: false, model: first.model })
    expect(await test.engine.models.get('a')).toEqual(first.model)
  })

  it('refuses another content or other metadata under the same name', async () => {
    await register(test.engine, tinyModel(), { name: 'a' })
    const other = register(test.engine, tinyModel({ bias: 1 }), { name: 'a' })
    await expect(other).rejects.toMatchObject({ code: 'model-name-conflict' })
    const labelled = register(test.engine, tinyModel(), { name: 'a', labels: ['x'] })
    await expect(labelled).rejects.toMatchObject({ code: 'model-name-conflict' })
    expect(contents()).toHaveLength(1)
  })

  it('lets exactly one of several racing uploads have the name', async () => {
    const racing = [0, 1, 2].map((bias) => register(test.engine, tinyModel({ bias }), { name: 'race' }))
    const outcomes = await Promise.allSettled(racing)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(contents()).toHaveLength(1)
  })

  it('keeps one content under several names until the last is gone', async () => {
    const { model } = await register(test.engine, tinyModel(), { name: 'a' })
    await register(test.engine, tinyModel(), { name: 'b', labels: ['x', 'y', 'z'] })
    await test.engine.models.delete('a')
    expect((await explain('b')).results).toHaveLength(1)
    await test.engine.models.delete('b')
    expect(existsSync(join(test.dataDir, 'models', model.sha256))).toBe(false)
    await expect(explain('b')).rejects.toMatchObject({ code: 'unknown-model' })
  })

  it('pages through the names in order', async () => {
    for (const name of ['c', 'a', 'b']) await register(test.engine, tinyModel(), { name })
    const first = await test.engine.models.list(2)
    expect(first.models.map(({ name }) => name)).toEqual(['a', 'b'])
    const second = await test.engine.models.list(2, first.next_cursor)
    expect(second.models.map(({ name }) => name)).toEqual(['c'])
    expect(second.next_cursor).toBeUndefined()
    await expect(test.engine.models.list(2, '../a')).rejects.toMatchObject({ code: 'validation-failed' })
  })
})

describe('what an upload may hold', () => {
  it.each([
    ['text', Buffer.from('hello, this is no model at all'), 'model-not-onnx'],
    ['half a model', tinyModel().slice(0, 60), 'model-truncated'],
    ['too many bytes', new Uint8Array(17 * 2 ** 20), 'model-too-large'],
  ])('refuses %s', async (_what, bytes, code) => {
    await expect(register(test.engine, bytes, { name: 'bad' })).rejects.toMatchObject({ code })
    await expect(test.engine.models.get('bad')).rejects.toMatchObject({ code: 'unknown-model' })
  })

  it('finds external data by the name that the model has for it', async () => {
    const bytes = tinyModel({ external: 'deep/weights.bin' })
    await expect(register(test.engine, bytes, { name: 'split' })).rejects.toMatchObject({
      code: expect.stringMatching(/^model-/),
    })
    await register(test.engine, bytes, { name: 'split' }, { 'deep/weights.bin': weights })
    const { results } = await explain('split')
    const [first, second] = numbers(results[0]!.input_relevance!).data
    expect(first).toBeCloseTo(3, 5)
    expect(second).toBeCloseTo(6, 5)
  })

  it('refuses parts that lead outside the upload', async () => {
    const climbing = register(test.engine, tinyModel(), { name: 'bad' }, { '../weights.bin': weights })
    await expect(climbing).rejects.toMatchObject({ code: 'model-invalid' })
  })

  it('lists every operator that cannot be explained, and takes the model if that is allowed', async () => {
    const refused = register(test.engine, tinyModel({ behind: 'Hardmax' }), { name: 'hard' })
    await expect(refused).rejects.toMatchObject({
      code: 'model-not-supported',
      details: { nodes: [expect.objectContaining({ op: 'Hardmax' })] },
    })
    const allowed = await register(test.engine, tinyModel({ behind: 'Hardmax' }), {
      name: 'hard',
      allow_unsupported: true,
    })
    expect(allowed.model.unsupported).toEqual([expect.objectContaining({ op: 'Hardmax' })])
    const task = { inputs: [{ tensor: fp32([1, 2], [1, 1]) }], prediction: { top: 1, tensor: false } }
    const { results } = await test.engine.predict('hard', task)
    expect(results[0]!.prediction.top[0]).toMatchObject({ index: 2, score: 1 })
    await expect(explain('hard')).rejects.toMatchObject({ code: 'model-not-supported' })
  })

  it('points into the metadata', async () => {
    const preprocessing = { size: [8, 8] as [number, number], crop: true }
    const image = register(test.engine, tinyModel(), { name: 'bad', preprocessing })
    await expect(image).rejects.toMatchObject({
      code: 'preprocessing-invalid',
      errors: [{ pointer: '/preprocessing' }],
    })
    const output = register(test.engine, tinyModel(), { name: 'bad', output: { tensor: 'z' } })
    await expect(output).rejects.toMatchObject({
      code: 'validation-failed',
      errors: [{ pointer: '/output/tensor', suggestions: ['y'] }],
    })
  })
})

describe('warnings', () => {
  const example = readFileSync(
    new URL('../../../examples/concept-world/model/concept-world.onnx', import.meta.url),
  )
  const warnings = async (metadata: object) =>
    (await register(test.engine, example, { name: 'doubtful', ...metadata })).model.warnings

  it('are absent where nothing is in doubt', async () => {
    const preprocessing = { size: [80, 80], mean: [0.5, 0.5, 0.5], std: 0.25 }
    expect(await warnings({ preprocessing, labels: [...'abcdefgh'] })).toBeUndefined()
  })

  it('count labels', async () => {
    expect(await warnings({ labels: ['a', 'b'] })).toEqual([
      'labels has 2 names, but the output "logits" has 8 classes.',
    ])
    // They come from the record: whoever asks later is told, too.
    expect((await test.engine.models.get('doubtful')).warnings).toHaveLength(1)
  })

  it.each<[string, object, string]>([
    ['keep their aspect ratio', { size: 80 }, 'with `size` 80 and no crop images keep their aspect ratio'],
    ['keep their size', { mean: 0.5 }, 'without `size` images are not resized'],
  ])('tell that images %s', async (_, preprocessing, text) => {
    const [warning, ...others] = (await warnings({ preprocessing }))!
    expect(warning).toContain(`preprocessing: ${text}, but the model takes 80 x 80 alone`)
    expect(others).toEqual([])
  })

  it('know a mean of unscaled pixels', async () => {
    const mean = [123.7, 116.3, 103.5]
    expect(await warnings({ preprocessing: { size: [80, 80], mean } })).toEqual([
      'preprocessing: the mean 123.7 is beyond the greatest value that a pixel has after `scale`, 1; for a mean of pixels in 0 to 255 give "scale": 1.',
    ])
    await test.engine.models.delete('doubtful')
    expect(await warnings({ preprocessing: { size: [80, 80], mean, scale: 1 } })).toBeUndefined()
  })
})

describe('probabilities and starts', () => {
  it('starts at the logits in front of a softmax, and takes the probability from behind it', async () => {
    await register(test.engine, tinyModel({ behind: 'Softmax' }), { name: 'soft' })
    const top = (await explain('soft')).results[0]!.prediction.top[0]!
    expect(top).toMatchObject({ index: 2, score: 9 })
    expect(top.probability).toBeCloseTo(1 / (1 + Math.exp(-2) + Math.exp(-4)), 6)
    await register(test.engine, tinyModel(), { name: 'plain' })
    const plain = (await explain('plain')).results[0]!.prediction.top[0]!
    expect(plain.probability).toBeCloseTo(top.probability!, 6)
  })
})

/** Files below the models' folder. */
function modelFiles(): string[] {
  const entries = readdirSync(join(test.dataDir, 'models'), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

describe('restarts', () => {
  it('finds models and plans again, makes damaged plans anew, and refuses work while it drains', async () => {
    for (const name of ['whole', 'cut', 'gone']) {
      await register(test.engine, tinyModel({ bias: name.charCodeAt(0) }), { name })
    }
    const before = [await explain('whole'), await explain('cut'), await explain('gone')]
    const [, cut, gone] = before.map(({ model_sha256 }) =>
      modelFiles().filter((path) => path.includes(model_sha256) && /plan-.*\.onnx$/.test(path)),
    )
    // Two graphs, and both of them as one.
    expect([cut!.length, gone!.length]).toEqual([3, 3])
    for (const path of cut!) writeFileSync(path, readFileSync(path).subarray(0, 40))
    for (const path of gone!) rmSync(path)
    const second = await startEngine(testConfig(test.dataDir))
    try {
      for (const [i, name] of ['whole', 'cut', 'gone'].entries()) {
        expect((await explain(name, second)).results).toEqual(before[i]!.results)
      }
      expect(second.ready()).toBe(true)
      await second.drain()
      await expect(second.models.get('whole')).rejects.toMatchObject({ code: 'shutting-down' })
    } finally {
      await second.close()
    }
  })

  it('explains a model again that was deleted and comes back', async () => {
    await register(test.engine, tinyModel({ bias: 7 }), { name: 'a' })
    const before = await explain('a')
    await test.engine.models.delete('a')
    await register(test.engine, tinyModel({ bias: 7 }), { name: 'a' })
    expect((await explain('a')).results).toEqual(before.results)
  })
})
