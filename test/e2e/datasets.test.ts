import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeImage } from '@crp-serve/imaging'
import { readNpy, writeNpy } from '@crp-serve/storage'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stack, startStack } from './stack.ts'

const world = fileURLToPath(new URL('../../examples/concept-world/', import.meta.url))
const limits = { maxBytes: 2 ** 20, maxPixels: 2 ** 20 }

let stack: Stack
let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dataset-root-'))
  stack = await startStack({
    env: { DATASET_ROOTS: `${join(world, 'dataset')},${root}`, MAX_DATASET_BYTES: '1MiB' },
  })
  const form = new FormData()
  form.set('metadata', await readFile(join(world, 'model/metadata.json'), 'utf8'))
  form.set(
    'model',
    new Blob([new Uint8Array(await readFile(join(world, 'model/concept-world.onnx')))]),
    'model.onnx',
  )
  expect((await call('/v1/models', { method: 'POST', body: form })).status).toBe(201)
})
afterAll(async () => {
  await stack.stop()
  await rm(root, { recursive: true, force: true })
})

const call = (path: string, init?: RequestInit) => fetch(stack.origin + path, init)

const post = (body: unknown, path = '/v1/datasets') =>
  call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

const told = async (answer: Response) => {
  const { code, errors } = (await answer.json()) as { code?: string; errors?: { pointer: string }[] }
  return [answer.status, code, ...(errors ?? []).map(({ pointer }) => pointer)].join(' ').trim()
}

type Files = Record<string, Uint8Array | string>

function upload(metadata: unknown, files: Files | Uint8Array) {
  const bytes = (content: Uint8Array | string) =>
    typeof content === 'string' ? new TextEncoder().encode(content) : content
  const zip =
    files instanceof Uint8Array
      ? files
      : zipSync(Object.fromEntries(Object.entries(files).map(([path, content]) => [path, bytes(content)])))
  const form = new FormData()
  form.set('metadata', JSON.stringify(metadata))
  form.set('data', new Blob([new Uint8Array(zip)]), 'data.zip')
  return call('/v1/datasets', { method: 'POST', body: form })
}

const picture = (path: string) => readFile(join(world, 'dataset', path))

describe('/v1/datasets', () => {
  it('registers a directory below a root, and explains its samples as it explains uploads', async () => {
    const source = { directory: join(world, 'dataset') }
    const created = await post({ name: 'world', source })
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe('/v1/datasets/world')
    const dataset = (await created.json()) as { samples: number; classes: string[] }
    expect(dataset).toMatchObject({ name: 'world', samples: 360, kind: 'images', labelling: 'names' })
    expect(dataset.classes).toHaveLength(8)
    const again = await post({ name: 'world', source })
    expect(again.status).toBe(200)
    expect(await again.json()).toEqual(dataset)
    expect(await (await call('/v1/datasets/world')).json()).toEqual(dataset)

    const lines = (await readFile(join(world, 'images.jsonl'), 'utf8')).trim().split('\n')
    const known = lines.map((line) => JSON.parse(line) as { index: number; path: string; label: string })
    const page = await call('/v1/datasets/world/items?limit=150&cursor=150')
    const { items, next_cursor } = (await page.json()) as { items: unknown[]; next_cursor: string }
    const expected = known.slice(150, 300).map(({ index, path, label }) => ({
      index,
      path: path.replace('dataset/', ''),
      labels: [label],
    }))
    expect(items).toEqual(expected)
    expect(next_cursor).toBe('300')

    const stamped = known.find(({ path }) => path.endsWith('green-speckled-cross/002-stamped.png'))!
    const explain = async (input: object) => {
      const answer = await post(
        {
          model: 'concept-world',
          inputs: [input],
          conditions: [{ y: [3], 'features.12': [5] }],
          output: { heatmap: ['tensor'] },
        },
        '/v1/attributions',
      )
      expect(answer.status).toBe(200)
      return ((await answer.json()) as { results: unknown[] }).results
    }
    const base64 = (await picture('green-speckled-cross/002-stamped.png')).toString('base64')
    const sample = { dataset: 'world', index: stamped.index }
    expect(await explain(sample)).toEqual(await explain({ image: { base64 } }))
    const best = { output: { prediction: { top: 1 } } }
    const predicted = await post({ inputs: [sample], ...best }, '/v1/models/concept-world/predictions')
    expect(await predicted.json()).toMatchObject({
      results: [{ prediction: { top: [{ label: 'green-speckled-cross' }] } }],
    })
  })

  it('hands out samples and thumbnails with tags', async () => {
    const original = await call('/v1/datasets/world/items/7')
    const bytes = new Uint8Array(await original.arrayBuffer())
    expect(Buffer.compare(bytes, await picture('blue-dotted-disc/007.png'))).toBe(0)
    expect(original.headers.get('content-type')).toBe('image/png')
    expect(original.headers.get('cache-control')).toBe('public, no-cache')
    const etag = original.headers.get('etag')!
    const same = await call('/v1/datasets/world/items/7', { headers: { 'if-none-match': etag } })
    expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', etag])

    const small = await call('/datasets/world/items/7?thumbnail=20')
    expect(small.headers.get('etag')).not.toBe(etag)
    const { width, height } = await decodeImage(new Uint8Array(await small.arrayBuffer()), limits)
    expect([width, height]).toEqual([20, 20])
    for (const query of ['thumbnail=0', 'thumbnail=x', 'thumbnails=3']) {
      expect((await call(`/v1/datasets/world/items/7?${query}`)).status).toBe(422)
    }
  })

  it('takes an archive of tensors, and explains them', async () => {
    const shape = [2, 3, 80, 80]
    const data = Float32Array.from({ length: 2 * 3 * 80 * 80 }, (_, i) => Math.sin(i))
    const files = {
      'data.npy': writeNpy({ shape, data }),
      'labels.npy': writeNpy({ shape: [2], data: BigInt64Array.of(7n, 1n) }),
    }
    const created = await upload({ name: 'ready' }, files)
    expect(created.status).toBe(201)
    expect(await created.json()).toMatchObject({
      kind: 'tensors',
      samples: 2,
      shape: [3, 80, 80],
      labelling: 'outputs',
    })
    const npy = await call('/v1/datasets/ready/items/1')
    expect(npy.headers.get('content-type')).toBe('application/x-npy')
    const read = readNpy(new Uint8Array(await npy.arrayBuffer()))
    expect(read.shape).toEqual([3, 80, 80])
    expect(Buffer.compare(Buffer.from(read.data.buffer), Buffer.from(data.slice(3 * 80 * 80).buffer))).toBe(0)
    expect(await told(await call('/v1/datasets/ready/items/1?thumbnail=8'))).toBe(
      '422 validation-failed /thumbnail',
    )
    const sample = { dataset: 'ready', index: 1 }
    const predicted = await post({ inputs: [sample] }, '/v1/models/concept-world/predictions')
    const tensor = {
      shape: [1, ...shape.slice(1)],
      datatype: 'FP32',
      data: Array.from(data.slice(3 * 80 * 80)),
    }
    const direct = await post({ inputs: [{ tensor }] }, '/v1/models/concept-world/predictions')
    expect(((await predicted.json()) as { results: unknown }).results).toEqual(
      ((await direct.json()) as { results: unknown }).results,
    )
  })

  it('lists and deletes; what lies in a directory stays', async () => {
    await writeFile(join(root, 'x.png'), 'x')
    await writeFile(join(root, 'manifest.jsonl'), '{"path": "x.png", "labels": ["a", "b"]}')
    expect((await post({ name: 'labelled', source: { directory: root } })).status).toBe(201)
    const { datasets, next_cursor } = (await (await call('/v1/datasets?limit=2')).json()) as {
      datasets: { name: string }[]
      next_cursor: string
    }
    expect([datasets.map(({ name }) => name), next_cursor]).toEqual([['labelled', 'ready'], 'ready'])
    expect((await call('/v1/datasets/labelled', { method: 'DELETE' })).status).toBe(204)
    expect(await told(await call('/v1/datasets/labelled', { method: 'DELETE' }))).toBe('404 unknown-dataset')
    expect(await readFile(join(root, 'x.png'), 'utf8')).toBe('x')
  })

  it('says what is wrong', async () => {
    const place = (directory: string) => ({ name: 'd', source: { directory } })
    expect(await told(await post(place('/etc')))).toBe('422 dataset-place-not-allowed /source/directory')
    expect(await told(await post(place('nothing/here')))).toBe('422 dataset-place-missing /source/directory')
    expect(await told(await post({ name: 'd', source: { s3: 'b-b-b/x' } }))).toBe(
      '422 dataset-place-not-allowed /source/s3',
    )
    expect(await told(await post({ name: '../d', source: { directory: root } }))).toBe(
      '422 validation-failed /name',
    )
    expect(await told(await post({ name: 'd', source: {} }))).toMatch(/^422 validation-failed/)
    expect(await told(await upload({ name: 'd' }, Buffer.from('no zip, but long enough to be one')))).toBe(
      '422 dataset-unreadable',
    )
    expect(await told(await upload({ name: 'd' }, { 'notes.txt': 'x' }))).toBe('422 dataset-empty')
    expect(await told(await upload({ name: 'd' }, { '../a/x.png': 'x' }))).toBe('422 dataset-invalid')
    expect(await told(await upload({ name: 'd' }, new Uint8Array(1_100_000)))).toBe('413 dataset-too-large')
    expect(await told(await upload({ name: 'd', colour: 1 }, { 'a/x.png': 'x' }))).toBe(
      '422 validation-failed /colour',
    )
    const lines = await upload({ name: 'd' }, { 'manifest.jsonl': '{"path": "x.png"}', 'x.png': 'x' })
    expect(await lines.json()).toMatchObject({ code: 'dataset-invalid', details: { lines: [{ line: 1 }] } })
    expect(await told(await upload({ name: 'world' }, { 'a/x.png': 'x' }))).toBe('409 dataset-name-conflict')
    expect(await told(await call('/v1/datasets/wirld'))).toBe('404 unknown-dataset')
    expect(await told(await call('/v1/datasets/world/items/360'))).toBe('404 unknown-dataset-item')
    expect(await told(await call('/v1/datasets/world/items/x'))).toMatch('404 unknown-dataset-item')
    expect(await told(await call('/v1/datasets/world/items?cursor=361'))).toBe(
      '422 validation-failed /cursor',
    )
    const predict = (input: object) => post({ inputs: [input] }, '/v1/models/concept-world/predictions')
    expect(await told(await predict({ dataset: 'wirld', index: 0 }))).toBe(
      '404 unknown-dataset /inputs/0/dataset',
    )
    expect(await told(await predict({ dataset: 'world', index: 360 }))).toBe(
      '404 unknown-dataset-item /inputs/0/index',
    )
    expect((await upload({ name: 'broken' }, { 'a/x.png': 'no picture' })).status).toBe(201)
    expect(await told(await predict({ dataset: 'broken', index: 0 }))).toBe(
      '422 image-not-supported /inputs/0/index',
    )
    expect(await told(await call('/v1/datasets/broken/items/0?thumbnail=9'))).toBe('422 image-not-supported')
    expect(stack.output()).toBe('')
  })
})
