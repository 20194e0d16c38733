import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { CollectedTargets } from '@crp-serve/contracts'
import { FileSystemObjectStore } from '@crp-serve/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../../../test/support/compare.ts'
import { requestComposite } from '../../../test/support/golden-request.ts'
import {
  arraysIn,
  type GoldenCase,
  modelBytes,
  type VisualizationInfo,
  validVariants,
  visualizationCases,
} from '../../../test/support/goldens.ts'
import { type NumpyArray, readNumpy } from '../../../test/support/numpy.ts'
import {
  type CollectTask,
  type MergeOrder,
  mergeShards,
  removeShards,
  runPrefix,
  type SampleRange,
  type SampleSet,
  writeShard,
} from '../src/index.ts'
import { fp32, register, startTestEngine, type TestEngine } from './support.ts'

type Case = GoldenCase<VisualizationInfo>
const modes = ['relevance', 'activation'] as const

const cases = visualizationCases()

/** The samples of a case as a data set. */
function samplesOf({ folder, info }: Case): SampleSet {
  const { shape, data } = readNumpy(join(folder, info.data))
  const targets = readNumpy(join(folder, info.targets))
  const size = data.length / shape[0]!
  // Images without a channel axis are stored as bytes.
  const axes = shape.length === 3 ? [1, ...shape.slice(1)] : shape.slice(1)
  const scale = info.data_scale ?? 1
  const classes = targets.shape[1] ?? 1
  return {
    samples: info.n_samples,
    labels: (index) => {
      const row = [...targets.data.slice(index * classes, (index + 1) * classes)]
      return info.multitarget ? row.flatMap((set, target) => (set ? [target] : [])) : row
    },
    path: () => undefined,
    read: async (index) => ({
      tensor: fp32(
        [1, ...axes],
        data.subarray(index * size, (index + 1) * size).map((value) => value * scale),
      ),
    }),
  }
}

const taskOf = ({ info }: Case, model: string, targets: CollectedTargets = 'label') => ({
  model,
  composite: requestComposite(info) as CollectTask['composite'],
  layers: info.layers,
  modes,
  max_target: info.max_target,
  abs_norm: info.abs_norm,
  top_k: info.sample_size,
  targets,
  statistics: true,
})

/** The file of a run that an array of the case stands for. */
function fileOf({ info }: Case, path: string): string {
  const [folder, ...rest] = path.split('/')
  return [`${folder}_${info.max_target}_${info.abs_norm ? 'normed' : 'unnormed'}`, ...rest].join('/')
}

/** Indices must agree but where the reference says that nearly equal values do not determine them. */
function wrongIndices(actual: NumpyArray, expected: NumpyArray, loose: NumpyArray | undefined): number {
  return expected.data.filter((value, i) => value !== actual.data[i] && loose?.data[i] !== 1).length
}

/** What of the files of a run is not as expected. */
function failures(golden: Case, folder: string): string[] {
  const loose = arraysIn(golden, 'loose')
  const limit = Math.max(1e-4, golden.info.tolerance.rtol_of_max ?? 1e-4)
  return [...arraysIn(golden, 'expected')]
    .filter(([path]) => !path.startsWith('ref/'))
    .flatMap(([path, expected]) => {
      const actual = readNumpy(join(folder, `${fileOf(golden, path)}.npy`))
      expect([actual.dtype, actual.shape], path).toEqual([
        path.endsWith('_rel') ? '<f4' : '<i8',
        expected.shape,
      ])
      if (path.endsWith('_rel')) {
        const { passed, message } = compareArrays(expected, actual, limit)
        return passed ? [] : [`${path}: ${message}`]
      }
      const wrong = wrongIndices(actual, expected, loose.get(path))
      return wrong === 0 ? [] : [`${path}: ${wrong} wrong indices`]
    })
}

/** Ranges of the samples that begin where they are told to. */
const rangesOf = (samples: number, starts: readonly number[]): SampleRange[] =>
  starts.map((from, i) => ({ from, to: starts[i + 1] ?? samples }))

describe('golden feature visualizations', () => {
  let test: TestEngine
  let store: FileSystemObjectStore
  beforeAll(async () => {
    test = await startTestEngine()
    store = new FileSystemObjectStore(join(test.dataDir, 'store'))
  })
  afterAll(() => test.close())

  /** Collects a case in shards and merges them; the folder of its files. */
  async function run(golden: Case, variant: string, id: string, starts: readonly number[], batch?: number) {
    const { info } = golden
    const model = `${info.model}.${variant}`
    await register(test.engine, modelBytes(golden, variant), { name: model, output: { start: 'output' } })
    const task = await test.engine.collections.resolve(taskOf(golden, model))
    const set = samplesOf(golden)
    const shards: string[] = []
    for (const range of rangesOf(info.n_samples, starts)) {
      const shard = await test.engine.collections.collect(
        task,
        set,
        range,
        batch === undefined ? {} : { batch },
      )
      shards.push(await writeShard(store, id, range, shard))
    }
    const whole: MergeOrder['task'] = {
      ...task,
      dataset: 'golden',
      dataset_fingerprint: '',
      range: [0, info.n_samples],
      references: { count: 8, receptive_field: true, style: 'opaque', concepts: 'none' },
      max_skipped: 0,
    }
    const merged = await mergeShards(store, { id, task: whole, shards: shards.reverse() })
    expect(merged).toMatchObject({ samples: info.n_samples, skipped: [] })
    await removeShards(store, id)
    return store.localPath(runPrefix(id).slice(0, -1))
  }

  const runs = cases.flatMap((golden) =>
    validVariants(golden).map((variant) => [golden.name, variant, golden] as const),
  )

  it.each(runs)('%s on %s', async (name, variant, golden) => {
    const folder = await run(golden, variant, `${name}-${variant}`, [
      0,
      17,
      Math.floor(golden.info.n_samples / 2),
    ])
    expect(failures(golden, folder)).toEqual([])
  })

  const cuts = [
    { starts: [0], batch: 32 },
    { starts: [0, 1, 8, 40], batch: 7 },
    // The last batch of a shard holds one sample, and so do all of them.
    { starts: [0, 29], batch: 4 },
    { starts: [0, 50], batch: 1 },
  ]
  /** The committed part of the cases has two of them. */
  const cut = ['fv_sum_normed', 'fv_multitarget', 'fv_resbasic', 'fv_max_unnormed']
  it.each(cases.filter(({ name }) => cut.includes(name)).map((golden) => [golden.name, golden] as const))(
    '%s has the same bytes whatever the shards and batches',
    async (name, golden) => {
      const hashes = new Set<string>()
      for (const [i, { starts, batch }] of cuts.entries()) {
        const folder = await run(golden, 'ts', `${name}-cut-${i}`, starts, batch)
        hashes.add(treeHash(folder))
      }
      expect(hashes.size).toBe(1)
    },
  )
})

/** A hash of the names and contents of all files below a folder. */
function treeHash(folder: string): string {
  const hash = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    hash.update(relative(folder, path)).update(readFileSync(path))
  }
  return hash.digest('hex')
}
