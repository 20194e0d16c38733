import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  type FeatureVisualizationImport,
  type FeatureVisualizationManifest,
  pictureTask,
  type ReferenceTask,
} from '@crp-serve/contracts'
import { zipSource } from '@crp-serve/datasets'
import { FileSystemObjectStore, writeNpy } from '@crp-serve/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import yazl from 'yazl'
import { itemsOf, publishGolden, runFiles } from '../../../test/support/golden-run.ts'
import { modelBytes, visualizationCases } from '../../../test/support/goldens.ts'
import { runPrefix } from '../src/index.ts'
import { importRun, type RunVariant } from '../src/tools/import-run.ts'
import { exportRun } from '../src/visualization/export.ts'
import { Runs } from '../src/visualization/runs.ts'
import { register, startTestEngine, type TestEngine } from './support.ts'

const golden = visualizationCases().find(({ name }) => name === 'fv_sum_normed')!
const files = runFiles(golden)
const limits = { maxBytes: 2 ** 30, maxEntries: 10_000 }

let test: TestEngine
let folder: string
let manifest: FeatureVisualizationManifest

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crp-archives-'))
  const items = itemsOf(golden)
  test = await startTestEngine({ maxDatasetBytes: 2 ** 30 }, { openItems: async () => items })
  const { model } = await register(test.engine, modelBytes(golden, 'ts'), {
    name: 'net',
    labels: ['a', 'b', 'c', 'd', 'e', 'f'],
  })
  const layers = await test.engine.models.layers('net', 'epsilon_plus')
  manifest = await publishGolden(golden, {
    store: new FileSystemObjectStore(test.dataDir),
    model: 'net',
    sha256: model.sha256,
    sizesOf: (name) => layers.find((layer) => layer.name === name)!.output_shape.slice(1) as number[],
  })
})
afterAll(async () => {
  await test.close()
  await rm(folder, { recursive: true, force: true })
})

let archives = 0

/** Writes files into an archive; a folder around them where one is named. */
async function zipOf(entries: Iterable<readonly [string, Uint8Array]>, around = ''): Promise<string> {
  const path = join(folder, `${archives++}.zip`)
  const zip = new yazl.ZipFile()
  for (const [name, bytes] of entries) zip.addBuffer(Buffer.from(bytes), `${around}${name}`)
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(path))
  return path
}

const metadata: FeatureVisualizationImport = { model: 'net', dataset: golden.name }

async function importOf(path: string, more: Partial<FeatureVisualizationImport> = {}) {
  const own = await mkdtemp(join(folder, 'import-'))
  return test.engine.visualizations.import({ path, folder: own }, { ...metadata, ...more })
}

/** What an import makes of an archive, without a process of its own. */
const checked = (archive: string, variant: Partial<RunVariant> = {}, maxBytes = 65 * 2 ** 20) =>
  importRun({
    archive,
    pack: join(folder, `${archives++}.pack`),
    limits: { ...limits, maxBytes },
    variant,
    layers: manifest.layers.map(({ name, concepts, sizes }) => ({
      name,
      aliases: [],
      sizes: [concepts, ...sizes],
      type: null,
      inputs: [],
      receptiveField: null,
    })),
    samples: 150,
    outputs: 6,
  })

const filesOf = async (path: string) => {
  const source = await zipSource(path, `${path}.pack`, limits, () => true)
  const read = source.files.map(async (file) => [file.path, Buffer.from(await source.read(file))] as const)
  return new Map(await Promise.all(read))
}

async function exported(id: string): Promise<string> {
  const { stream } = await test.engine.visualizations.archive(id)
  const path = join(folder, `${archives++}.zip`)
  await pipeline(stream, createWriteStream(path))
  return path
}

const failing = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) }) as Error

describe('export', () => {
  it('holds the tree of zennit-crp and the manifest, the same bytes each time', async () => {
    const found = await filesOf(await exported(manifest.id))
    expect([...found.keys()].sort()).toEqual([...files.keys(), 'manifest.json'].sort())
    for (const [path, bytes] of files) expect(found.get(path)!.equals(bytes), path).toBe(true)
    expect(JSON.parse(found.get('manifest.json')!.toString())).toEqual(manifest)
  })

  it('lets go of the file that it reads when nobody takes the rest', async () => {
    const sources: Readable[] = []
    const store = new FileSystemObjectStore(test.dataDir)
    store.stream = async () => {
      const endless = new Readable({ read: () => void endless.push(Buffer.alloc(2 ** 16)) })
      sources.push(endless)
      return endless
    }
    const archive = await exportRun(new Runs(store), manifest.id)
    archive.stream.read(0)
    await expect.poll(() => sources.length).toBeGreaterThan(0)
    archive.stream.destroy()
    await expect.poll(() => sources.every(({ closed }) => closed)).toBe(true)
  })

  it('refuses what is no run, and one that is not finished', async () => {
    const archive = (id: string) => test.engine.visualizations.archive(id)
    await expect(archive('none')).rejects.toThrow(failing('unknown-feature-visualization', /none/))
    await new FileSystemObjectStore(test.dataDir).put(`${runPrefix('begun')}shards/0`, new Uint8Array(1))
    await expect(archive('begun')).rejects.toThrow(failing('feature-visualization-unfinished', /jobs\/begun/))
  })
})

describe('import', () => {
  it('takes a folder of zennit-crp', async () => {
    const { manifest: imported } = await importOf(await zipOf(files, 'FeatureVisualization/'))
    const { modes, layers, statistics, max_target, abs_norm, top_k } = manifest
    expect(imported).toMatchObject({ origin: 'import', modes, statistics, max_target, abs_norm, top_k })
    expect(new Set(imported.layers.map(({ name }) => name))).toEqual(new Set(layers.map(({ name }) => name)))
    const found = await filesOf(await exported(imported.id))
    for (const [path, bytes] of files) expect(found.get(path)!.equals(bytes), path).toBe(true)
  })

  it.each(['', 'a/b/'])('finds the folder below %j', async (around) => {
    const run = await checked(await zipOf(files, around))
    expect(run.files.map((file) => file.path).sort()).toEqual([...files.keys()].sort())
  })

  it('gives the same run for the same folder, and references of it', async () => {
    const first = await importOf(await zipOf(files))
    const again = await importOf(await exported(manifest.id))
    expect(again).toEqual({ created: false, manifest: first.manifest })
    const task: ReferenceTask = {
      model: 'net',
      run: first.manifest.id,
      layer: 'features.5',
      mode: 'relevance',
      concepts: [1],
      several: false,
      target: null,
      ranks: [0, 4],
      picture: pictureTask(),
      presigned: false,
    }
    const own = await test.engine.visualizations.references(task)
    const original = await test.engine.visualizations.references({ ...task, run: manifest.id })
    const vast = { ...task, ranks: [0, 40] as const, picture: pictureTask({ size: 2048 }) }
    await expect(test.engine.visualizations.grid(vast)).rejects.toThrow(failing('render-invalid', /pixels/))
    const without = (list: unknown) =>
      JSON.parse(JSON.stringify(list).replaceAll(first.manifest.id, manifest.id))
    expect(without(own)).toEqual(original)
  })

  const path = 'RelMax_sum_normed/features.5_'
  const changed = (name: string, bytes: Uint8Array | null) => {
    const copy = new Map(files)
    if (bytes === null) copy.delete(name)
    else copy.set(name, bytes)
    return copy
  }
  const channels = 12
  const rows = (values: readonly number[]) => ({
    shape: [values.length, channels],
    data: values.flatMap((value) => Array(channels).fill(value)),
  })
  const floats = (...values: number[]) => {
    const { shape, data } = rows(values)
    return writeNpy({ shape, data: Float32Array.from(data) })
  }
  const integers = (...values: number[]) => {
    const { shape, data } = rows(values)
    return writeNpy({ shape, data: BigInt64Array.from(data, BigInt) })
  }

  const bad: [string, () => Map<string, Uint8Array>, RegExp][] = [
    ['no folder', () => new Map([['readme.npy', new Uint8Array(3)]]), /no folder of zennit-crp/],
    [
      'a list of classes alone',
      () => new Map([['RelStats_sum_normed/targets.npy', new Uint8Array(3)]]),
      /no array of any layer/,
    ],
    ['a missing array', () => changed(`${path}rf.npy`, null), /no rf\.npy beside/],
    [
      'a missing class',
      () => new Map([...files].filter(([name]) => !/RelStats.*features\.5\/1_/.test(name))),
      /no statistics of the class 1 of features\.5/,
    ],
    [
      'an unknown layer',
      () => new Map([...files].map(([name, bytes]) => [name.replace('features.5', 'feature.55'), bytes])),
      /no layer "feature\.55"/,
    ],
    ['a checkpoint', () => changed(`${path}0_32_rel.npy`, floats(1)), /checkpoints/],
    [
      'other channels',
      () =>
        changed(
          `${path}rel.npy`,
          writeNpy({ shape: [1, channels + 1], data: new Float32Array(channels + 1) }),
        ),
      /channels/,
    ],
    ['other rows', () => changed(`${path}data.npy`, integers(1, 1)), /is \[2,/],
    ['floats for indices', () => changed(`${path}data.npy`, floats(1)), /must be int64/],
    ['no array', () => changed(`${path}data.npy`, new Uint8Array(100)), /Not a \.npy file/],
    [
      'a file beside the arrays',
      () => changed('RelMax_sum_normed/notes.npy', floats(1)),
      /not named as zennit-crp/,
    ],
  ]
  it.each(bad)('refuses %s', async (_what, entries, message) => {
    await expect(checked(await zipOf(entries()))).rejects.toThrow(
      failing('feature-visualization-invalid', message),
    )
  })

  const triple = (data: Uint8Array, rel: Uint8Array, rf: Uint8Array) =>
    new Map([
      [`${path}data.npy`, data],
      [`${path}rel.npy`, rel],
      [`${path}rf.npy`, rf],
    ])
  const wrongValues: [string, Map<string, Uint8Array>, RegExp][] = [
    [
      'a sample that is not there',
      triple(integers(150), floats(1), integers(0)),
      /holds 150, and there are 150 samples/,
    ],
    ['a negative index', triple(integers(-1), floats(1), integers(0)), /holds -1/],
    ['a position outside the layer', triple(integers(0), floats(1), integers(9999)), /9999, and there are/],
    [
      'values that rise',
      triple(integers(0, 1), floats(1, 2), integers(0, 0)),
      /not sorted: channel 0 rises at rank 1/,
    ],
    ['values that are not finite', triple(integers(0), floats(Number.NaN), integers(0)), /holds NaN/],
  ]
  it.each(wrongValues)('refuses %s', async (_what, entries, message) => {
    await expect(checked(await zipOf(entries))).rejects.toThrow(
      failing('feature-visualization-invalid', message),
    )
  })

  it('asks which folders are meant where there are several kinds', async () => {
    const both = new Map([
      ...files,
      ...[...files].map(([name, bytes]) => [name.replace('_normed', '_unnormed'), bytes] as const),
    ])
    const archive = await zipOf(both)
    await expect(checked(archive)).rejects.toThrow(failing('feature-visualization-invalid', /several kinds/))
    expect((await checked(archive, { abs_norm: false })).abs_norm).toBe(false)
    await expect(checked(archive, { max_target: 'max' })).rejects.toThrow(
      failing('feature-visualization-invalid', /no folder/),
    )
  })

  it('refuses archives that are none, that lead outside or that do harm', async () => {
    const text = join(folder, 'text.zip')
    await writeFile(text, 'not an archive')
    await expect(checked(text)).rejects.toThrow(failing('feature-visualization-invalid', /cannot be read/))
    const zeros = (bytes: number) => zipOf([[`${path}data.npy`, new Uint8Array(bytes)]])
    const bomb = await zeros(64 * 2 ** 20 + 1000)
    await expect(checked(bomb)).rejects.toThrow(failing('feature-visualization-invalid', /grows more than/))
    const large = await zeros(66 * 2 ** 20)
    await expect(checked(large)).rejects.toThrow(failing('body-too-large', /bytes/))
  })

  it('checks the classes that relevance was started from', async () => {
    const archive = await zipOf(files)
    await expect(importOf(archive, { targets: [0, 6] })).rejects.toMatchObject({
      code: 'class-out-of-range',
      errors: [{ pointer: '/targets/1' }],
    })
    const known = manifest.statistics.relevance!
    await expect(importOf(archive, { targets: known.slice(1) })).rejects.toMatchObject({
      code: 'feature-visualization-invalid',
      errors: [{ pointer: '/targets', detail: expect.stringContaining(`the class ${known[0]}`) }],
    })
    expect((await importOf(archive, { targets: [0, 1, 2, 3, 4, 5] })).manifest.targets).toHaveLength(6)
  })

  it('refuses an unknown model and a composite that does not fit', async () => {
    const archive = await zipOf(files)
    await expect(importOf(archive, { model: 'nett' })).rejects.toThrow(failing('unknown-model', /nett/))
    const composite = { layers: [{ match: { name: 'features.99' }, rule: { name: 'z_plus' as const } }] }
    await expect(importOf(archive, { composite })).rejects.toThrow(failing('unknown-layer', /features\.99/))
  })
})
