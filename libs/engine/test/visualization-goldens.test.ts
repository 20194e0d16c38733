import { join } from 'node:path'
import type { CollectedTargets } from '@crp-serve/contracts'
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
import type { CollectedShard, CollectTask, SampleSet } from '../src/index.ts'
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

/** The array of a shard that a path of the case stands for, as [rank, channel]. */
function arrayOf({ maxima }: CollectedShard, path: string): NumpyArray {
  const [folder, ...rest] = path.split('/')
  const mode = folder!.startsWith('Rel') ? 'relevance' : 'activation'
  const [, name, part] = /^(.*)_(data|rel|rf)$/.exec(rest.join('/'))!
  const [, layer, target] = folder!.endsWith('Stats') ? /^(.*)\/(\d+)$/.exec(name!)! : ['', name!, null]
  const { all, byTarget } = maxima[mode]!.get(layer!)!
  const { ranks, channels, values, samples, neurons } = target === null ? all : byTarget.get(Number(target))!
  const data = { data: samples, rel: values, rf: neurons }[part as 'data' | 'rel' | 'rf']
  return { dtype: '', shape: [ranks, channels], data: Float64Array.from(data) }
}

/** Indices must agree but where the reference says that nearly equal values do not determine them. */
function wrongIndices(actual: NumpyArray, expected: NumpyArray, loose: NumpyArray | undefined): number {
  return expected.data.filter((value, i) => value !== actual.data[i] && loose?.data[i] !== 1).length
}

function failures(golden: Case, shard: CollectedShard): string[] {
  const loose = arraysIn(golden, 'loose')
  const limit = Math.max(1e-4, golden.info.tolerance.rtol_of_max ?? 1e-4)
  return [...arraysIn(golden, 'expected')]
    .filter(([path]) => !path.startsWith('ref/'))
    .flatMap(([path, expected]) => {
      const actual = arrayOf(shard, path)
      if (path.endsWith('_rel')) {
        const { passed, message } = compareArrays(expected, actual, limit)
        return passed ? [] : [`${path}: ${message}`]
      }
      expect(actual.shape, path).toEqual(expected.shape)
      const wrong = wrongIndices(actual, expected, loose.get(path))
      return wrong === 0 ? [] : [`${path}: ${wrong} wrong indices`]
    })
}

describe('golden feature visualizations', () => {
  let test: TestEngine
  beforeAll(async () => {
    test = await startTestEngine()
  })
  afterAll(() => test.close())

  const runs = cases.flatMap((golden) =>
    validVariants(golden).map((variant) => [golden.name, variant, golden] as const),
  )

  it.each(runs)('%s on %s', async (_name, variant, golden) => {
    const model = `${golden.info.model}.${variant}`
    await register(test.engine, modelBytes(golden, variant), { name: model, output: { start: 'output' } })
    const task = await test.engine.resolveCollection(taskOf(golden, model))
    const shard = await test.engine.collect(task, samplesOf(golden), { from: 0, to: golden.info.n_samples })
    expect(shard.skipped).toEqual([])
    expect(failures(golden, shard)).toEqual([])
  })
})
