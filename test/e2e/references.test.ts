import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FeatureVisualizationManifest, ReferenceList, StatisticsList } from '@crp-serve/contracts'
import { decodeImage } from '@crp-serve/imaging'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { compareArrays } from '../support/compare.ts'
import { requestComposite } from '../support/golden-request.ts'
import { readNumpy } from '../support/numpy.ts'
import { attribute, numbers } from './api.ts'
import { files, golden, importRun, prepareRun, upload } from './golden-run.ts'
import { type Stack, startStack } from './stack.ts'

const limits = { maxBytes: 2 ** 22, maxPixels: 2 ** 22 }

let stack: Stack
let run: string
beforeAll(async () => {
  stack = await startStack()
  run = await prepareRun(stack.origin)
})
afterAll(() => stack.stop())

const get = (path: string, headers: Record<string, string> = {}) => fetch(stack.origin + path, { headers })

const importPath = '/v1/feature-visualizations/import'

const told = async (answer: Response) => {
  const { code, errors } = (await answer.json()) as { code?: string; errors?: { pointer: string }[] }
  return [answer.status, code, ...(errors ?? []).map(({ pointer }) => pointer)].join(' ').trim()
}

describe('references over HTTP', () => {
  it('list the samples that zennit-crp found, and their heatmaps are its own', async () => {
    for (const { array, layer, concept, mode, target, r_range, rf, ...found } of golden.info.references) {
      const [from, to] = r_range
      const query = `model=net&layer=${layer}&concept=${concept}&mode=${mode}&from=${from}&to=${to}`
      const answer = await get(`/v1/references?${query}${target === null ? '' : `&target=${target}`}`)
      const list = (await answer.json()) as Extract<ReferenceList, { references: unknown }>
      expect(list).toMatchObject({ feature_visualization: run, dataset: 'samples', layer, concept, mode })
      expect(list.references.map(({ dataset_index }) => dataset_index)).toEqual(found.sample_indices)
      expect(list.references.map(({ neuron }) => neuron)).toEqual(found.neuron_indices)
      expect(list.references.map(({ label }) => label)).toEqual(
        list.references.map(({ classes }) => 'abcdef'[classes[0]!]),
      )
      const { results } = await attribute(stack.client, {
        model: 'net',
        inputs: found.sample_indices.map((index) => ({ dataset: 'samples', index })),
        conditions: found.neuron_indices.map((neuron) => ({
          [layer]: rf ? { [concept]: [neuron] } : [concept],
        })),
        pairing: 'zip',
        start_layer: layer,
        exclude_parallel: false,
        composite: requestComposite(golden.info) as never,
        output: { heatmap: ['tensor'] },
      })
      const heatmaps = results.map(({ heatmap }) => numbers(heatmap!.tensor))
      const actual = {
        shape: [heatmaps.length, ...heatmaps[0]!.shape],
        data: heatmaps.flatMap(({ data }) => [...data]),
      }
      const { passed, message } = compareArrays(
        readNumpy(join(golden.folder, 'expected', `${array}.npy`)),
        actual,
        1e-4,
      )
      expect(passed, `${array}: ${message}`).toBe(true)
    }
  })

  it('have pictures that are cached by their tag', async () => {
    const query = `feature_visualization=${run}&layer=features.5&concept=1,3&to=2`
    const list = (await (await get(`/v1/references?${query}`)).json()) as Extract<
      ReferenceList,
      { concepts: unknown }
    >
    expect(list.concepts.map(({ concept, references }) => [concept, references.length])).toEqual([
      [1, 2],
      [3, 2],
    ])
    const { image_url, sample_url, receptive_field } = list.concepts[0]!.references[0]!
    const image = await get(image_url)
    expect(image.headers.get('content-type')).toBe('image/png')
    expect(image.headers.get('cache-control')).toContain('immutable')
    const png = new Uint8Array(await image.arrayBuffer())
    const { width, height } = await decodeImage(png, limits)
    const [x0, y0, x1, y1] = receptive_field as [number, number, number, number]
    expect([width, height]).toEqual([x1 - x0, y1 - y0])
    const etag = image.headers.get('etag')!
    const known = await get(image_url, { 'if-none-match': `"other", ${etag}` })
    expect([known.status, known.headers.get('etag')]).toEqual([304, etag])
    expect(new Uint8Array(await (await get(image_url)).arrayBuffer())).toEqual(png)
    expect((await get(sample_url)).status).toBe(200)
  })

  it('are drawn in every style and cut', async () => {
    const base = `/v1/references/image?feature_visualization=${run}&layer=features.2&concept=4&rank=0`
    for (const more of [
      'style=plain',
      'style=heatmap&colormap=coldnhot',
      'crop=peer&start=layer&rf=true',
      'crop=none&size=48',
      'mode=activation',
      'target=1',
    ]) {
      const answer = await get(`${base}&${more}`)
      expect([more, answer.status]).toEqual([more, 200])
      const { width, height } = await decodeImage(new Uint8Array(await answer.arrayBuffer()), limits)
      expect(width * height).toBeGreaterThan(0)
      if (more.includes('size')) expect([width, height]).toEqual([48, 48])
    }
  })

  it('of several concepts stand on one page', async () => {
    const path = `/v1/references/grid?model=net&layer=features.5&concept=0,1,11&to=4&size=32`
    const answer = await get(path)
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache'])
    const page = await decodeImage(new Uint8Array(await answer.arrayBuffer()), limits)
    expect(page.width).toBeGreaterThan(4 * 32)
    expect(page.height).toBeGreaterThan(3 * 32)
    const heatmaps = await get(`${path}&style=heatmap&start=layer`)
    const double = await decodeImage(new Uint8Array(await heatmaps.arrayBuffer()), limits)
    expect(double.height).toBeGreaterThan(2 * 3 * 32)
  })

  it('have statistics as zennit-crp computes them', async () => {
    for (const { layer, concept, mode, top_N, mean_N, targets, values } of golden.info.compute_stats) {
      const query = `model=net&layer=${layer}&concept=${concept}&mode=${mode}&top=${top_N}&mean_of=${mean_N}`
      const { statistics } = (await (await get(`/v1/statistics?${query}`)).json()) as StatisticsList
      expect(statistics.map(({ target }) => target)).toEqual(targets)
      expect(statistics.map(({ label }) => label)).toEqual(targets.map((target) => 'abcdef'[target]))
      for (const [i, { value }] of statistics.entries()) expect(value).toBeCloseTo(values[i]!, 5)
      const normed = (await (await get(`/v1/statistics?${query}&norm=true`)).json()) as StatisticsList
      expect(normed.statistics[0]!.value).toBe(1)
    }
  })

  it.each([
    ['references?layer=x&concept=0', '422 validation-failed /querystring/model'],
    ['references?model=nett&layer=features.5&concept=0', '404 unknown-model'],
    [
      'references?feature_visualization=none&layer=features.5&concept=0',
      '404 unknown-feature-visualization /querystring/feature_visualization',
    ],
    ['references?model=net&layer=features.7&concept=0', '422 unknown-layer /querystring/layer'],
    ['references?model=net&layer=features.0&concept=0', '422 unknown-layer /querystring/layer'],
    ['references?model=net&layer=features.5&concept=12', '422 channel-out-of-range /querystring/concept'],
    ['references?model=net&layer=features.5&concept=one', '422 validation-failed /querystring/concept'],
    [
      'references?model=net&layer=features.5&concept=0&target=5',
      '422 target-not-collected /querystring/target',
    ],
    ['references?model=net&layer=features.5&concept=0&from=4&to=4', '422 validation-failed /querystring/to'],
    [
      'references?model=net&layer=features.5&concept=0&links=presigned',
      '422 links-unavailable /querystring/links',
    ],
    [
      'references?model=net&layer=features.5&concept=0&kernel_size=4',
      '422 render-invalid /querystring/kernel_size',
    ],
    [
      'references/image?model=net&layer=features.5&concept=0&rank=40',
      '422 rank-out-of-range /querystring/rank',
    ],
    [
      'references/image?model=net&layer=features.5&concept=0&rank=0&style=heatmap&colormap=none',
      '422 colormap-invalid /querystring/colormap',
    ],
    ['references/grid?model=net&layer=features.5&concept=0,1&to=5000', '422 too-many-rows /querystring/to'],
    ['statistics?model=net&layer=features.5&concept=0&mode=size', '422 validation-failed /querystring/mode'],
    ['feature-visualizations/none/export', '404 unknown-feature-visualization'],
  ])('refuses %s', async (path, expected) => {
    const answer = await get(`/v1/${path}`)
    expect((await told(answer)).startsWith(expected)).toBe(true)
  })
})

describe('runs as archives over HTTP', () => {
  it('come back as they were imported, and are the same run when they are imported again', async () => {
    const path = `/v1/feature-visualizations/${run}/export`
    const head = await fetch(stack.origin + path, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'application/zip'])
    const answer = await get(path)
    expect(answer.headers.get('content-type')).toBe('application/zip')
    const entries = unzipSync(new Uint8Array(await answer.arrayBuffer()))
    for (const [path, bytes] of files) expect(Buffer.from(entries[path]!).equals(bytes), path).toBe(true)
    const again = await importRun(stack.origin)
    expect(again.status).toBe(200)
    expect(((await again.json()) as FeatureVisualizationManifest).id).toBe(run)
  })

  it('are not imported for a client that has gone', async () => {
    const metadata = { model: 'net', dataset: 'samples', composite: 'epsilon_plus' }
    const uploads = join(stack.dataDir, 'uploads')
    const abort = new AbortController()
    const given = upload(stack.origin + importPath, metadata, Object.fromEntries(files), abort.signal)
    const isPacked = () => readdirSync(uploads).some((name) => existsSync(join(uploads, name, 'pack')))
    await vi.waitUntil(isPacked, { timeout: 20_000, interval: 1 })
    abort.abort()
    await expect(given).rejects.toThrow()
    await vi.waitUntil(() => readdirSync(uploads).length === 0, { timeout: 20_000 })
    const again = await upload(stack.origin + importPath, metadata, Object.fromEntries(files))
    expect(again.status).toBe(201)
  })

  it('are refused where they do not fit', async () => {
    expect(await told(await importRun(stack.origin, { model: 'nett' }))).toBe('404 unknown-model /model')
    expect(await told(await importRun(stack.origin, { dataset: 'other' }))).toBe(
      '404 unknown-dataset /dataset',
    )
    expect(await told(await importRun(stack.origin, { colour: 'red' }))).toBe('422 validation-failed /colour')
    const [[path, bytes]] = [...files] as [[string, Uint8Array]]
    const metadata = { model: 'net', dataset: 'samples' }
    const partial = await upload(stack.origin + importPath, metadata, { [path]: bytes })
    expect(await told(partial)).toBe('422 feature-visualization-invalid')
  })
})
