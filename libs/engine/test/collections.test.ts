import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FeatureVisualizationRun, toProblem } from '@crp-serve/contracts'
import { readNpy } from '@crp-serve/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type CollectOptions,
  type Engine,
  type MergeOptions,
  readShardIndex,
  runPrefix,
  shardKey,
} from '../src/index.ts'
import { type ExampleWorld, orderOf, perClass, samples, startExampleWorld } from './example-world.ts'

describe('making a feature visualization of a data set', () => {
  let world: ExampleWorld
  let engine: Engine
  let store: ExampleWorld['store']
  let make: ExampleWorld['make']

  beforeAll(async () => {
    world = await startExampleWorld()
    engine = world.engine
    store = world.store
    make = world.make
    await world.registerModel({ name: 'bare' })
    const damaged = join(await world.pictures('damaged'), 'blue-dotted-disc')
    await writeFile(join(damaged, '000-no-image.png'), 'no image')
    const [whole] = (await readdir(damaged)).filter((name) => name !== '000-no-image.png').sort()
    await writeFile(join(damaged, whole!), (await readFile(join(damaged, whole!))).subarray(0, 200))
    await world.addDataset('damaged')
  })
  afterAll(() => world.close())

  it('goes from images to files and a manifest, and leaves nothing else', async () => {
    const told: number[] = []
    const manifest = await make('whole', orderOf({ layers: ['features.12'], top_k: 5 }), {
      progress: (done) => told.push(done),
    })
    expect(manifest).toMatchObject({
      samples,
      skipped: [],
      range: [0, samples],
      layers: [{ name: 'features.12', concepts: 16 }],
      statistics: { relevance: [0, 1, 2, 3, 4, 5, 6, 7], activation: [0, 1, 2, 3, 4, 5, 6, 7] },
    })
    expect(told.at(-1)).toBe(samples % 16 === 0 ? 16 : samples - 16)
    const files = await readdir(join(world.dataDir, runPrefix('whole')), { recursive: true })
    expect(files).toContain('manifest.json')
    expect(files).toContain('RelMax_sum_normed/features.12_data.npy')
    expect(files).toContain('ActStats_sum_normed/features.12/7_rf.npy')
    const { objects } = await store.list('jobs/')
    expect(objects).toEqual([])
    const rel = readNpy(await store.get(`${runPrefix('whole')}RelMax_sum_normed/features.12_rel.npy`))
    expect(rel.shape).toEqual([5, 16])
    const stats = readNpy(await store.get(`${runPrefix('whole')}RelStats_sum_normed/features.12/3_rel.npy`))
    expect(stats.shape).toEqual([perClass, 16])
    expect(await engine.visualizations.manifest('whole')).toEqual(manifest)
  })

  it('starts from what the model predicts, or from given classes, one pass for each', async () => {
    const layers = ['features.12']
    const predicted = await make('predicted', orderOf({ layers, targets: 'predicted', modes: ['relevance'] }))
    expect(predicted.statistics.activation).toBeUndefined()
    // The model is right about these samples, so that both runs are the same.
    await make('labels', orderOf({ layers, modes: ['relevance'] }))
    const path = 'RelMax_sum_normed/features.12_rel.npy'
    const bytes = (id: string) => store.get(`${runPrefix(id)}${path}`)
    expect(await bytes('predicted')).toEqual(await bytes('labels'))
    const given = await make('given', orderOf({ layers, targets: [3, 1], range: [2, 9] }))
    expect(given.statistics).toEqual({ relevance: [1, 3], activation: [3] })
    const all = readNpy(await store.get(`${runPrefix('given')}${path}`))
    expect(all.shape).toEqual([2 * 7, 16])
  })

  it('skips unreadable images up to a share, and lists them', async () => {
    const order = orderOf({ dataset: 'damaged', layers: ['features.12'], max_skipped: 0.2 })
    const manifest = await make('skipping', order)
    expect(manifest.samples).toBe(samples - 1)
    expect(manifest.skipped.map(({ index, code }) => [index, code])).toEqual([
      [0, 'image-not-supported'],
      [1, 'image-truncated'],
    ])
    expect(manifest.skipped[0]!.path).toBe('blue-dotted-disc/000-no-image.png')
  })

  it('fails beyond that share and says which they are', async () => {
    const order = orderOf({ dataset: 'damaged', layers: ['features.12'], max_skipped: 0.05 })
    await expect(make('failing', order)).rejects.toMatchObject({
      code: 'too-many-unreadable',
      message: expect.stringContaining('blue-dotted-disc/000-no-image.png'),
      details: { count: 2, skipped: [{ index: 0 }, { index: 1 }] },
    })
  })

  it('does not collect a range again that is in the store', async () => {
    const task = await engine.collections.plan(orderOf({ layers: ['features.12'] }))
    const run: FeatureVisualizationRun = { id: 'again', task, created_at: '2026-01-01T00:00:00.000Z' }
    const key = await engine.collections.shard(run, { from: 0, to: 4 })
    const never: CollectOptions = { progress: () => expect.unreachable() }
    expect(await engine.collections.shard(run, { from: 0, to: 4 }, never)).toBe(key)
  })

  it('collects a range anew that another version of the service has collected', async () => {
    const task = await engine.collections.plan(orderOf({ layers: ['features.12'] }))
    const run: FeatureVisualizationRun = { id: 'before', task, created_at: '2026-01-01T00:00:00.000Z' }
    const range = { from: 0, to: 4 }
    await store.put(
      shardKey('before', range),
      Buffer.from(JSON.stringify({ ...range, samples: 4, maxima: {} })),
    )
    const key = await engine.collections.shard(run, range)
    expect(await readShardIndex(store, key)).toMatchObject({ ...range, samples: 4, skipped: [] })
  })

  it('merges into the same files however little memory there is for it', async () => {
    const task = await engine.collections.plan(orderOf({ layers: ['features.8', 'features.12'], top_k: 4 }))
    const files = async (id: string, options: MergeOptions) => {
      const run: FeatureVisualizationRun = { id, task, created_at: '2026-01-01T00:00:00.000Z' }
      const ranges = engine.collections.ranges(task)
      const shards = await Promise.all(ranges.map((range) => engine.collections.shard(run, range)))
      const manifest = await engine.collections.merge(run, shards, options)
      const { objects } = await store.list(runPrefix(id))
      const bytes = await Promise.all(objects.map(({ key }) => store.get(key)))
      const contents = objects.map(({ key }, i) => [
        key.replace(id, ''),
        Buffer.from(bytes[i]!).toString('hex'),
      ])
      return { ...manifest, id: '', contents }
    }
    const ample = await files('ample', {})
    expect(ample.contents).toHaveLength(2 * (2 * 3 * (1 + 8) + 1))
    expect(await files('scarce', { memoryBytes: 1 })).toEqual(ample)
  })

  it('stops when it is cancelled and leaves no shard', async () => {
    const task = await engine.collections.plan(orderOf({ layers: ['features.12'] }))
    const run: FeatureVisualizationRun = { id: 'stopped', task, created_at: '2026-01-01T00:00:00.000Z' }
    const cancel = new AbortController()
    const options = { signal: cancel.signal, batch: 2, progress: () => cancel.abort() }
    await expect(engine.collections.shard(run, { from: 0, to: samples }, options)).rejects.toThrow()
    expect((await store.list('jobs/stopped/')).objects).toEqual([])
  })

  const faults: [string, Record<string, unknown>, string, string][] = [
    ['an unknown model', { model: 'concept-wrld' }, 'unknown-model', '/model'],
    ['an unknown data set', { dataset: 'picture' }, 'unknown-dataset', '/dataset'],
    ['an unknown layer', { layers: ['features.12', 'feature.3'] }, 'unknown-layer', '/layers/1'],
    [
      'a layer named twice',
      { layers: ['features.12', '/features/features.12/Conv'] },
      'duplicate-layer',
      '/layers/1',
    ],
    ['a class that is none', { targets: [0, 8] }, 'class-out-of-range', '/targets/1'],
    ['a range behind the end', { range: [0, samples + 1] }, 'range-invalid', '/range/1'],
    ['a model without preprocessing', { model: 'bare' }, 'preprocessing-missing', '/dataset'],
    [
      'references of a layer that is not collected',
      { layers: ['features.12'], references: { concepts: { 'features.0': [1] } } },
      'unknown-layer',
      '/references/concepts/features.0',
    ],
    [
      'references of a channel that is none',
      { references: { concepts: { 'features.12': [1, 16] } } },
      'channel-out-of-range',
      '/references/concepts/features.12/1',
    ],
    [
      'a rule that does not fit',
      { composite: { layers: [{ match: { name: 'nowhere' }, rule: { name: 'pass' } }], base: null } },
      'unknown-layer',
      '/composite/layers/0/match/name',
    ],
  ]
  it.each(faults)('refuses %s', async (_what, changes, code, pointer) => {
    const error = await engine.collections.plan(orderOf(changes)).catch((thrown: unknown) => thrown)
    expect(toProblem(error)).toMatchObject({ code, errors: [expect.objectContaining({ pointer })] })
  })

  it('refuses a data set that has changed since it was planned', async () => {
    const task = await engine.collections.plan(orderOf())
    const run = { id: 'outdated', task: { ...task, dataset_fingerprint: 'other' }, created_at: '' }
    await expect(engine.collections.shard(run, { from: 0, to: 1 })).rejects.toMatchObject({
      code: 'feature-visualization-outdated',
    })
  })
})
