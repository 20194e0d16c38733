import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GraphBuilder, writeModel } from '@crp-serve/onnx'
import { FileSystemObjectStore, type ListOptions, type ObjectBody } from '@crp-serve/storage'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Engine, startEngine } from '../src/index.ts'
import { fp32, register, taskOf, testConfig } from './support.ts'

/** A store on which something happens elsewhere between two steps of a worker, once. */
class SlowStore extends FileSystemObjectStore {
  beforeName = async () => {}
  afterList = async () => {}

  override async putIfAbsent(key: string, body: ObjectBody): Promise<boolean> {
    const elsewhere = this.beforeName
    this.beforeName = async () => {}
    if (key.startsWith('model-names/')) await elsewhere()
    return super.putIfAbsent(key, body)
  }

  override async list(prefix: string, options?: ListOptions) {
    const page = await super.list(prefix, options)
    const elsewhere = this.afterList
    this.afterList = async () => {}
    await elsewhere()
    return page
  }
}

/** y = x W. */
function tinyModel(): Uint8Array {
  const builder = new GraphBuilder()
  const x = builder.input('x', 'float32', ['N', 2])
  builder.add({
    op: 'MatMul',
    inputs: [x, builder.floats([1, 2, 3, 4, 5, 6], [2, 3])],
    outputs: ['y'],
  })
  builder.output('y', 'y', 'float32', ['N', 3])
  const graph = builder.build('tiny')
  return writeModel({ irVersion: 8, producer: 'test', opsets: { '': 18 }, graph, metadata: {} })
}

let dataDir: string
let slow: SlowStore
let one: Engine
let other: Engine
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'crp-races-'))
  slow = new SlowStore(dataDir)
  one = await startEngine(testConfig(dataDir), { store: slow })
  other = await startEngine(testConfig(dataDir))
})
afterAll(async () => {
  await Promise.all([one.close(), other.close()])
  await rm(dataDir, { recursive: true, force: true })
})

const explain = async (engine: Engine, model: string) => {
  const inputs = [{ tensor: fp32([1, 2], [1, 1]) }] as never
  const answer = await engine.attribute(
    taskOf({ model, inputs, conditions: [{ y: [0] }], output: { heatmap: [] } }),
  )
  return answer.results[0]!.prediction.top[0]!.score
}

it.each([
  [
    'while its content gets another name',
    async () => {
      slow.beforeName = () => other.models.delete('a')
      await register(one, tinyModel(), { name: 'b' })
    },
  ],
  [
    'and finds no other one, just before its content gets one',
    async () => {
      slow.afterList = async () => void (await register(other, tinyModel(), { name: 'b' }))
      await one.models.delete('a')
    },
  ],
])('a worker that deletes the last name of a content %s takes it from nobody', async (_when, race) => {
  const { model } = await register(one, tinyModel(), { name: 'a' })
  await race()
  await expect(one.models.get('a')).rejects.toMatchObject({ code: 'unknown-model' })
  for (const engine of [one, other]) expect(await explain(engine, 'b')).toBe(9)
  await one.models.delete('b')
  expect(existsSync(join(dataDir, 'models', model.sha256))).toBe(false)
  expect(readdirSync(join(dataDir, 'uploads'))).toEqual([])
})
