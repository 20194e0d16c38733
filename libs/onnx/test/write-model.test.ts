import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ort from 'onnxruntime-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  constants,
  externalizeWeights,
  GraphBuilder,
  type Model,
  readModel,
  writeModel,
  writeModelParts,
  writeWeights,
} from '../src/index.ts'
import { fixture } from './models.ts'
import { noise, run } from './ort.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-'))
})
afterAll(() => rm(folder, { recursive: true }))

const modelOf = (build: (b: GraphBuilder) => void, irVersion = 8): Model => {
  const b = new GraphBuilder()
  build(b)
  return { irVersion, producer: 'test', opsets: { '': 17 }, graph: b.build('g'), metadata: { key: 'value' } }
}

/** y = x W, with W of 32 x 32 numbers that depend on the seed. */
const product = (seed: number): Model =>
  modelOf((b) => {
    const x = b.input('x', 'float32', ['N', 32])
    const w = b.initializer('w', constants.float32(noise(1024, seed), [32, 32]))
    b.output('y', b.op('MatMul', [x, w]), 'float32', ['N', 32])
  })

test('every kind of attribute, axis and metadata comes back', () => {
  const inner = modelOf((b) => b.output('y', b.op('Relu', ['x']), 'float32', null)).graph
  const model = modelOf((b) => {
    b.input('x', 'float32', ['N', 3, null])
    b.input('z', 'int64', [])
    b.add({
      op: 'If',
      name: 'node',
      inputs: ['z', '', 'x'],
      outputs: ['a', '', 'b'],
      attributes: {
        int: { kind: 'int', value: -5 },
        zero: { kind: 'int', value: 0 },
        float: { kind: 'float', value: 0.5 },
        string: { kind: 'string', value: 'größe' },
        ints: { kind: 'ints', value: [1, -1] },
        none: { kind: 'ints', value: [] },
        floats: { kind: 'floats', value: [1, 0.25] },
        strings: { kind: 'strings', value: ['a', ''] },
        tensor: { kind: 'tensor', value: constants.int64([1, 2], [2, 1]) },
        graph: { kind: 'graph', value: inner },
      },
      metadata: { scope: "['', 'a']" },
    })
    b.initializer('w', constants.float32([1, 2]))
    b.output('a', 'a', 'float32', null)
  })
  expect(readModel(writeModel(model))).toEqual(model)
})

test('the parts of a file hold the weights themselves, not copies', () => {
  const model = product(1)
  const { data } = model.graph.initializers.get('w')!
  const parts = writeModelParts(model)
  expect(parts.filter((part) => data.kind === 'inline' && part === data.bytes)).toHaveLength(1)
  expect(Buffer.concat(parts)).toEqual(Buffer.from(writeModel(model)))
})

test('a model of IR version 3 is written as version 4, since initializers are no inputs', async () => {
  const written = writeModel({ ...product(1), irVersion: 3 })
  expect(readModel(written).irVersion).toBe(4)
  expect((await run(written, { x: [2, 32] })).get('y')?.dims).toEqual([2, 32])
})

test('a constant may be a graph output', async () => {
  const b = new GraphBuilder()
  b.input('x', 'float32', [1])
  b.initializer('c', constants.float32([1, 2, 3]))
  const outputs = [{ name: 'c', dataType: 'float32', shape: [3] }] as const
  const model = { ...product(1), graph: { ...b.build('g'), outputs } }
  const result = await run(writeModel(model), { x: [1] })
  expect(result.get('c')?.data).toEqual(Float32Array.of(1, 2, 3))
})

test('several models share one weight file, equal contents once, and run by path', async () => {
  const [first, second] = [product(1), product(2)]
  const location = 'weights.bin'
  const one = externalizeWeights(first, { location })
  const two = externalizeWeights(second, { location, chunks: one.chunks })
  const three = externalizeWeights(product(1), { location, chunks: two.chunks })
  expect(two.chunks.map((c) => [c.offset, c.bytes.byteLength])).toEqual([
    [0, 4096],
    [4096, 4096],
  ])
  expect(three.chunks).toEqual(two.chunks)
  await writeWeights(join(folder, location), three.chunks)
  for (const [i, { model }] of [one, two, three].entries()) {
    const path = join(folder, `${i}.onnx`)
    await writeFile(path, writeModel(model))
    expect((await stat(path)).size).toBeLessThan(512)
    const session = await ort.InferenceSession.create(path)
    const x = new ort.Tensor('float32', noise(64), [2, 32])
    const inline = await run(writeModel([first, second, first][i]!), { x: [2, 32] })
    expect((await session.run({ x }))['y']?.data).toEqual(inline.get('y')?.data)
    await session.release()
  }
})

test('small initializers stay, offsets are aligned, the file reads back to the same model', async () => {
  const model = readModel(fixture('vggbn.ts'))
  const { model: split, chunks } = externalizeWeights(model, { location: 'w', minBytes: 500, align: 64 })
  const kinds = [...split.graph.initializers.values()].map((c) => c.data.kind)
  expect(new Set(kinds)).toEqual(new Set(['inline', 'external']))
  expect(chunks.every((c) => c.offset % 64 === 0 && c.bytes.byteLength >= 500)).toBe(true)
  await writeWeights(join(folder, 'w'), chunks)
  const file = new Uint8Array(await readFile(join(folder, 'w')))
  expect(readModel(writeModel(split), { external: () => file })).toEqual(model)
  expect(readModel(writeModel(split), { external: 'keep' })).toEqual(split)
})

test('indices stay in the graph, where passes read them again', () => {
  const model = modelOf((b) => {
    const x = b.input('x', 'float32', ['N', 400])
    const kept = b.op('Gather', [x, b.initializer('indices', constants.int64([...Array(400).keys()]))], {
      axis: 1,
    })
    const scaled = b.op('Mul', [kept, b.initializer('scale', constants.float32(noise(400)))])
    b.output('y', scaled, 'float32', ['N', 400])
  })
  const { initializers } = externalizeWeights(model, { location: 'w' }).model.graph
  expect(initializers.get('indices')!.data.kind).toBe('inline')
  expect(initializers.get('scale')!.data.kind).toBe('external')
})
