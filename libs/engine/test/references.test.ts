import { join } from 'node:path'
import {
  compositeTask,
  decodeComposite,
  type FeatureVisualizationManifest,
  pictureTask,
  type ReferenceTask,
} from '@crp-serve/contracts'
import { decodeImage, imgify } from '@crp-serve/imaging'
import { FileSystemObjectStore } from '@crp-serve/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareArrays } from '../../../test/support/compare.ts'
import { itemsOf, publishGolden } from '../../../test/support/golden-run.ts'
import {
  type GoldenCase,
  type GoldenReference,
  modelBytes,
  type VisualizationInfo,
  validVariants,
  visualizationCases,
} from '../../../test/support/goldens.ts'
import { type NumpyArray, readNumpy } from '../../../test/support/numpy.ts'
import { heatmapTask } from '../src/visualization/heatmaps.ts'
import { numbers, register, startTestEngine, type TestEngine } from './support.ts'

type Case = GoldenCase<VisualizationInfo>
const cases = visualizationCases().filter(
  ({ info }) => info.references.length + info.compute_stats.length > 0,
)

const runs = cases.flatMap((golden) =>
  validVariants(golden).map((variant) => [golden.name, variant, golden] as const),
)

const itemsByName = new Map(cases.map((golden) => [golden.name, itemsOf(golden)]))

let test: TestEngine
beforeAll(async () => {
  const openItems = async (name: string) => itemsByName.get(name)!
  test = await startTestEngine({ maxRows: 16 }, { openItems })
})
afterAll(() => test.close())

/** Registers the model of a case and puts its arrays into the store. */
async function published(golden: Case, variant: string): Promise<FeatureVisualizationManifest> {
  const name = `${golden.info.model}.${variant}`
  const metadata = { name, output: { start: 'output' as const } }
  const { model } = await register(test.engine, modelBytes(golden, variant), metadata)
  const layers = await test.engine.models.layers(name, 'epsilon_plus')
  const sizesOf = (wanted: string) =>
    layers.find((layer) => layer.name === wanted)!.output_shape.slice(1) as number[]
  const store = new FileSystemObjectStore(test.dataDir)
  return publishGolden(golden, { store, model: name, sha256: model.sha256, sizesOf })
}

/** A golden call as a request: as zennit-crp starts relevance at the layer. */
const taskOf = (
  { id }: FeatureVisualizationManifest,
  { layer, mode, concept, target, r_range, rf }: GoldenReference,
): ReferenceTask => ({
  model: null,
  run: id,
  layer,
  mode,
  concepts: [concept],
  several: false,
  target,
  ranks: r_range,
  picture: pictureTask({ start: 'layer', rf, crop: 'none', style: 'heatmap' }),
  presigned: false,
})

/** The heatmaps of a golden call by the engine, [samples, height, width]. */
async function heatmapsOf(golden: Case, manifest: FeatureVisualizationManifest, reference: GoldenReference) {
  const items = itemsByName.get(golden.name)!
  const samples = await Promise.all(
    reference.sample_indices.map(async (index, i) => {
      const content = await items.read(index)
      if (!('tensor' in content)) throw new Error('the samples are tensors')
      return {
        sizes: content.tensor.shape.slice(1),
        values: numbers(content.tensor).data,
        channel: reference.concept,
        neuron: reference.rf ? reference.neuron_indices[i]! : null,
        start: 'layer' as const,
      }
    }),
  )
  const composite = compositeTask(decodeComposite(manifest.composite))
  const about = { record: { name: manifest.model }, composite }
  const { results } = await test.engine.attribute(heatmapTask(about, reference.layer, samples, false))
  const heatmaps = results.map(({ heatmap }) => numbers(heatmap!.tensor!))
  return {
    shape: [heatmaps.length, ...heatmaps[0]!.shape],
    data: heatmaps.flatMap(({ data }) => [...data]),
  }
}

const expectedHeatmaps = ({ folder }: Case, { array }: GoldenReference): NumpyArray =>
  readNumpy(join(folder, 'expected', `${array}.npy`))

/** Share of the bytes of a picture that differ from another by more than a step of the colour map. */
async function unlike(png: Uint8Array, shape: readonly number[], values: Float64Array): Promise<number> {
  const { width, height, rgb } = await decodeImage(png, { maxBytes: 2 ** 20, maxPixels: 2 ** 20 })
  const drawn = imgify({ shape, data: Float32Array.from(values) }, { symmetric: true })
  expect([height, width]).toEqual([drawn.height, drawn.width])
  return rgb.filter((value, i) => Math.abs(value - drawn.rgb[i]!) > 3).length / rgb.length
}

describe('references of golden cases', () => {
  it('are there', () => {
    expect(cases.some(({ info }) => info.references.length > 0)).toBe(true)
  })

  it.each(runs)('%s on %s: samples, neurons and heatmaps', async (_name, variant, golden) => {
    const manifest = await published(golden, variant)
    const limit = Math.max(1e-4, golden.info.tolerance.rtol_of_max ?? 1e-4)
    for (const reference of golden.info.references) {
      const list = await test.engine.visualizations.references(taskOf(manifest, reference))
      if (!('references' in list)) throw new Error('one concept was asked for')
      expect(list.references.map(({ dataset_index }) => dataset_index)).toEqual(reference.sample_indices)
      expect(list.references.map(({ neuron }) => neuron)).toEqual(reference.neuron_indices)
      const actual = await heatmapsOf(golden, manifest, reference)
      const { passed, message } = compareArrays(expectedHeatmaps(golden, reference), actual, limit)
      expect(passed, `${reference.array}: ${message}`).toBe(true)
    }
  })

  it.each(runs.filter(([, variant]) => variant === 'ts'))(
    '%s on %s: pictures',
    async (_n, variant, golden) => {
      const manifest = await published(golden, variant)
      for (const reference of golden.info.references) {
        const { shape, data } = expectedHeatmaps(golden, reference)
        const size = data.length / shape[0]!
        for (const i of reference.sample_indices.keys()) {
          const rank = reference.r_range[0] + i
          const task = { ...taskOf(manifest, reference), ranks: [rank, rank + 1] as const }
          const { hash, bytes } = await test.engine.visualizations.image(task)
          const png = await bytes()
          expect(await unlike(png, shape.slice(1), data.slice(i * size, (i + 1) * size))).toBeLessThan(0.005)
          // Drawn once: what lies in the store comes back.
          const again = await test.engine.visualizations.image(task)
          expect([again.hash, Buffer.from(await again.bytes())]).toEqual([hash, Buffer.from(png)])
        }
      }
    },
  )

  it.each(runs)('%s on %s: statistics', async (_name, variant, golden) => {
    const manifest = await published(golden, variant)
    for (const { layer, concept, mode, top_N, mean_N, targets, values } of golden.info.compute_stats) {
      // The compact form of some cases has no statistics.
      if (manifest.statistics[mode] === undefined) continue
      const of = { layer, mode, concept, top: top_N, meanOf: mean_N, norm: false }
      const { statistics } = await test.engine.visualizations.statistics({
        ...of,
        model: null,
        run: manifest.id,
      })
      const found = statistics.map(({ value }) => value!)
      const { passed, message } = compareArrays(
        { shape: [values.length], data: values },
        { shape: [found.length], data: found },
        1e-4,
      )
      expect(passed, `${mode} ${layer} ${concept}: ${message}`).toBe(true)
      // Classes with equal values stand in no order of their own.
      const tied = new Set(values).size < values.length
      if (!tied) expect(statistics.map(({ target }) => target)).toEqual(targets)
    }
  })
})
