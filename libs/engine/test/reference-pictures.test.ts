import { utimes } from 'node:fs/promises'
import {
  type FeatureVisualizationManifest,
  type PictureTask,
  pictureTask,
  type ReferenceTask,
} from '@crp-serve/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NamedPicture, runPrefix } from '../src/index.ts'
import { sheet } from '../src/tools/draw.ts'
import { type ExampleWorld, orderOf, startExampleWorld } from './example-world.ts'

const layer = 'features.12'
const maxBytes = 40_000

let world: ExampleWorld
let manifest: FeatureVisualizationManifest
beforeAll(async () => {
  world = await startExampleWorld({ referencePictureBytes: maxBytes })
  manifest = await world.make('run', orderOf({ layers: [layer], top_k: 8 }))
})
afterAll(() => world.close())

const taskOf = (changes: Partial<ReferenceTask> = {}, picture: Partial<PictureTask> = {}): ReferenceTask => ({
  model: null,
  run: 'run',
  layer,
  mode: 'relevance',
  concepts: [5],
  several: false,
  target: null,
  ranks: [0, 4],
  picture: { ...pictureTask({ crop: 'none' }), ...picture },
  presigned: false,
  ...changes,
})

const bytesOf = async (picture: Promise<NamedPicture>): Promise<Buffer> =>
  Buffer.from(await (await picture).bytes())

const image = (rank: number, concept = 5, picture: Partial<PictureTask> = {}): Promise<Buffer> =>
  bytesOf(
    world.engine.visualizations.image(taskOf({ concepts: [concept], ranks: [rank, rank + 1] }, picture)),
  )

describe('a grid', () => {
  it.each([24, 80, 100])('with cells of %i pixels is the page of its pictures', async (size) => {
    const concepts = [5, 13]
    const page = await bytesOf(world.engine.visualizations.grid(taskOf({ concepts }, { size })))
    const rows = await Promise.all(
      concepts.map(async (concept) => ({
        label: concept,
        lines: [await Promise.all([0, 1, 2, 3].map((rank) => image(rank, concept)))],
      })),
    )
    expect(page.equals(await sheet({ rows, side: size }))).toBe(true)
  })
})

describe('pictures that were asked for', () => {
  const stored = async () => (await world.store.list(`${runPrefix('run')}images/`)).objects

  it('are kept up to the bound, and drawn again; those of the job stay', async () => {
    const own = `${runPrefix('run')}images/own.png`
    await world.store.put(own, Buffer.alloc(2 * maxBytes))
    await utimes(world.store.localPath(own), 1, 1)
    const first = await image(0, 0)
    let drawn = 0
    for (let concept = 0; concept < 12; concept++) {
      for (const rank of [0, 1]) drawn += (await image(rank, concept)).length
    }
    expect(drawn).toBeGreaterThan(1.2 * maxBytes)
    const kept = await stored()
    expect(kept.map(({ key }) => key)).toContain(own)
    const others = kept.filter(({ key }) => key !== own).reduce((sum, { size }) => sum + size, 0)
    expect(others).toBeLessThanOrEqual(maxBytes)
    expect(others).toBeGreaterThan(maxBytes / 2)
    expect((await image(0, 0)).equals(first)).toBe(true)
  })
})

describe('a run of a model that is registered anew', () => {
  const register = (mean: number) =>
    world.registerModel({
      ...world.metadata,
      name: 'again',
      preprocessing: { ...world.metadata.preprocessing!, mean: [mean, mean, mean] },
    })
  const references = (changes: Partial<ReferenceTask>) =>
    world.engine.visualizations.references(taskOf(changes))
  const named = { run: 'first' }
  const newest = { run: null, model: 'again' }

  it('is not taken for one of other preprocessing', async () => {
    await register(0.5)
    const order = orderOf({ model: 'again', layers: [layer] })
    const before = await world.engine.collections.plan(order)
    await world.make('first', order)
    const [byName, byModel] = [await references(named), await references(newest)]
    expect(byModel).toEqual(byName)

    await world.engine.models.delete('again')
    await register(0.4)
    const outdated = { code: 'feature-visualization-outdated' }
    await expect(references(named)).rejects.toMatchObject(outdated)
    await expect(references(newest)).rejects.toMatchObject({ code: 'unknown-feature-visualization' })
    const shard = world.engine.collections.shard(
      { id: 'x', task: before, created_at: '' },
      { from: 0, to: 1 },
    )
    await expect(shard).rejects.toMatchObject(outdated)
    // Another run than before: the id of a run is a hash of its task.
    const after = await world.engine.collections.plan(order)
    expect({ ...after, model_registration: before.model_registration }).toEqual(before)
    expect(after.model_registration).not.toBe(before.model_registration)

    await world.engine.models.delete('again')
    await register(0.5)
    expect(await references(newest)).toEqual(byName)
  })

  it('is not taken for one whose labels make other classes of the folders of the data set', async () => {
    const { labels, ...rest } = world.metadata
    const registerLabels = (given: readonly string[] | null | undefined) =>
      world.registerModel({ ...rest, name: 'relabelled', ...(given ? { labels: [...given] } : {}) })
    await registerLabels(labels)
    const order = orderOf({ model: 'relabelled', layers: [layer] })
    const before = await world.engine.collections.plan(order)
    await world.make('labelled', order)
    const listed = await references({ run: 'labelled' })

    await world.engine.models.delete('relabelled')
    await registerLabels(labels!.toReversed())
    const outdated = { code: 'feature-visualization-outdated' }
    await expect(references({ run: 'labelled' })).rejects.toMatchObject(outdated)
    const shard = world.engine.collections.shard(
      { id: 'y', task: before, created_at: '' },
      { from: 0, to: 1 },
    )
    await expect(shard).rejects.toMatchObject(outdated)
    expect(await world.engine.collections.plan(order)).not.toEqual(before)

    // Labels that leave every folder its output change nothing: one without a label has that of its place.
    await world.engine.models.delete('relabelled')
    await registerLabels([...labels!.slice(0, -1), 'another name'])
    expect(await world.engine.collections.plan(order)).toEqual(before)
    await world.engine.models.delete('relabelled')
    await registerLabels(labels)
    expect(await references({ run: 'labelled' })).toEqual(listed)
  })

  it('is taken as it is where an earlier version has not kept what the registration decides', async () => {
    const { model_registration: _, dataset_outputs: __, ...old } = { ...manifest, id: 'old' }
    const key = `${runPrefix('old')}manifest.json`
    for (const { key } of (await world.store.list(runPrefix('run'))).objects.filter(({ key }) =>
      /npy$/.test(key),
    ))
      await world.store.put(key.replace('/run/', '/old/'), await world.store.get(key))
    await world.store.put(key, Buffer.from(JSON.stringify(old)))
    expect(await references({ run: 'old' })).toMatchObject({ feature_visualization: 'old' })
  })
})
