import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GraphBuilder, writeModel } from '@crp-serve/onnx'
import { FileSystemObjectStore, type ObjectStore, openObjectStore } from '@crp-serve/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshBucket, s3Access, s3Config } from '../../../test/support/s3.ts'
import { type Engine, type EngineConfig, startEngine } from '../src/index.ts'
import { fp32, register, taskOf, testConfig } from './support.ts'

const s3 = await s3Access()
const weights = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)

/** y = x W + bias with its weights in a file of external data. */
function tinyModel(bias = 0): Uint8Array {
  const builder = new GraphBuilder()
  const x = builder.input('x', 'float32', ['N', 2])
  builder.initializer('fc.weight', {
    dataType: 'float32',
    dims: [2, 3],
    data: { kind: 'external', location: 'weights/fc.bin', offset: 0, length: weights.length },
  })
  builder.add({ op: 'Gemm', inputs: [x, 'fc.weight', builder.floats([bias, 0, 0], [3])], outputs: ['y'] })
  builder.output('y', 'y', 'float32', ['N', 3])
  const graph = builder.build('tiny')
  return writeModel({ irVersion: 8, producer: 'test', opsets: { '': 18 }, graph, metadata: {} })
}

const upload = (engine: Engine, name: string, bias = 0) =>
  register(engine, tinyModel(bias), { name }, { 'weights/fc.bin': weights })

const explain = async (engine: Engine, model: string) => {
  const inputs = [{ tensor: fp32([1, 2], [1, 1]) }] as never
  const answer = await engine.attribute(
    taskOf({ model, inputs, conditions: [{ y: [0] }], output: { heatmap: [] } }),
  )
  return answer.results[0]!.prediction.top[0]!.score
}

/** What several workers share: a bucket, or a folder that is not their own. */
const stores: Readonly<Record<string, () => Promise<Partial<EngineConfig> & { store: ObjectStore }>>> = {
  'a shared folder': async () => ({ store: new FileSystemObjectStore(await folder()) }),
  ...(s3 === null
    ? {}
    : {
        'a bucket': async () => {
          const { bucket } = await freshBucket(s3)
          const config = { ...s3Config(s3), storeUrl: `s3://${bucket}/models/here`, dataDir: '' }
          return { ...config, store: await openObjectStore(config) }
        },
      }),
}

const folders: string[] = []
async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'crp-shared-'))
  folders.push(path)
  return path
}
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true, force: true }))))

describe.each(Object.entries(stores))('models of several workers in %s', (_, open) => {
  let store: ObjectStore
  let engines: Engine[]
  let dirs: string[]
  beforeAll(async () => {
    const shared = await open()
    store = shared.store
    dirs = [await folder(), await folder()]
    const start = (dataDir: string) => startEngine({ ...testConfig(dataDir), ...shared, dataDir }, { store })
    engines = await Promise.all(dirs.map(start))
  })
  afterAll(() => Promise.all(engines.map((engine) => engine.close())))

  const copies = (worker: number) => {
    const path = join(dirs[worker]!, 'models')
    return existsSync(path) ? readdirSync(path) : []
  }
  const objects = async () => (await store.list('')).objects.map(({ key }) => key)

  it('are used by those that they were not uploaded to, and fetched once', async () => {
    const { model } = await upload(engines[0]!, 'a', 5)
    expect(copies(1)).toEqual([])
    const scores = await Promise.all(Array.from({ length: 4 }, () => explain(engines[1]!, 'a')))
    expect(scores).toEqual([10, 10, 10, 10])
    expect(await explain(engines[0]!, 'a')).toBe(10)
    expect(copies(1)).toEqual([model.sha256])
    expect(readdirSync(join(dirs[1]!, 'uploads'))).toEqual([])
    expect(await engines[1]!.models.get('a')).toEqual(model)
  })

  it('are gone for all when they are deleted, and only then', async () => {
    await upload(engines[1]!, 'b', 5)
    await engines[1]!.models.delete('a')
    await expect
      .poll(() => explain(engines[0]!, 'a').catch(({ code }) => code), { timeout: 5000 })
      .toBe('unknown-model')
    expect(await explain(engines[0]!, 'b')).toBe(10)
    await engines[0]!.models.delete('b')
    expect(await objects()).toEqual([])
    expect(copies(0)).toEqual([])
    await expect
      .poll(() => explain(engines[1]!, 'b').catch(({ code }) => code), { timeout: 5000 })
      .toBe('unknown-model')
  })

  it('race for a name: one content wins, whoever asks', async () => {
    const racing = [0, 1, 2, 3].map((i) => upload(engines[i % 2]!, 'raced', i < 2 ? 1 : 2))
    const outcomes = await Promise.allSettled(racing)
    const created = outcomes.filter((one) => one.status === 'fulfilled' && one.value.created)
    expect(created).toHaveLength(1)
    for (const one of outcomes) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'model-name-conflict' })
    }
    expect(await explain(engines[0]!, 'raced')).toBe(await explain(engines[1]!, 'raced'))
    expect(await objects()).toHaveLength(3)
  })

  it('are checked on their way', async () => {
    await upload(engines[0]!, 'damaged', 7)
    const keys = (await objects()).filter((one) => one.endsWith('fc.bin'))
    for (const one of keys) await store.put(one, new Uint8Array(24))
    await expect(explain(engines[1]!, 'damaged')).rejects.toThrow('damaged in the object store')
    expect(readdirSync(join(dirs[1]!, 'uploads'))).toEqual([])
  })
})

it.runIf(s3)('says so when the bucket is not there', async () => {
  const dataDir = await folder()
  const config = { ...testConfig(dataDir), ...s3Config(s3!), storeUrl: 's3://crp-serve-no-such-bucket' }
  const engine = await startEngine(config).catch((error) => error as Error & { code: string })
  expect(engine).toMatchObject({ code: 'store-bucket-missing' })
})
