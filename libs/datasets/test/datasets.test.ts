import { rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ObjectStore, openS3 } from '@crp-serve/storage'
import { describe, expect, it } from 'vitest'
import { freshBucket, s3Access, s3Config } from '../../../test/support/s3.ts'
import { buildDataset, type DatasetContext, Datasets } from '../src/index.ts'
import { type Files, freshContext, freshFolder, npy, register, text, writeFiles, writeZip } from './build.ts'

const s3 = await s3Access()

/** Three ways to give the same files to a service. */
const ways: Readonly<Record<string, (files: Files, classes?: readonly string[]) => Promise<Datasets>>> = {
  'an uploaded archive': async (files, classes) => {
    const datasets = new Datasets(await freshContext())
    await register(datasets, 'set', { zip: await writeZip(files) }, classes)
    return datasets
  },
  'a directory': async (files, classes) => {
    const directory = await writeFiles(await freshFolder(), files)
    const datasets = new Datasets(await freshContext([directory]))
    await register(datasets, 'set', { directory }, classes)
    return datasets
  },
  ...(s3 === null
    ? {}
    : {
        'a prefix in S3': async (files, classes) => {
          const { bucket } = await freshBucket(s3)
          const place = { bucket, prefix: 'some/where' }
          const config = s3Config(s3)
          const objects = await openS3(config, place)
          for (const [path, content] of Object.entries(files)) {
            await objects.put(path, typeof content === 'string' ? text(content) : content)
          }
          const store = await openS3(config, { bucket, prefix: 'store' })
          const context: DatasetContext = { store, s3: config, roots: [`s3://${bucket}/some`] }
          const datasets = new Datasets(context)
          const folder = await freshFolder()
          const summary = await buildDataset({ source: { s3: place, config }, folder, classes })
          await datasets.publish({ name: 'set', source: { s3: `${bucket}/some/where` }, summary, folder })
          return datasets
        },
      }),
}

const folders: Files = {
  'b/2.png': 'b2',
  'b/10.jpg': 'b10',
  'a-c/1.webp': 'a-c1',
  'a/1.JPEG': 'a1',
  'a/deep/er/2.png': 'a2',
  'ä/1.png': 'ä1',
  'README.md': 'read me',
  'b/notes.txt': 'no image',
  '.hidden/x.png': 'hidden',
}

describe.each(Object.entries(ways))('a data set from %s', (_, make) => {
  it('has class folders, in the byte order of paths', async () => {
    const dataset = await (await make(folders)).open('set')
    const all = Array.from({ length: dataset.samples }, (_, i) => i)
    expect(all.map((i) => dataset.pathOf(i))).toEqual([
      ...['a-c/1.webp', 'a/1.JPEG', 'a/deep/er/2.png', 'b/10.jpg', 'b/2.png', 'ä/1.png'],
    ])
    expect(dataset.classes).toEqual(['a', 'a-c', 'b', 'ä'])
    expect(all.map((i) => dataset.labelsOf(i))).toEqual([[1], [0], [0], [2], [2], [3]])
    const items = await Promise.all(all.map((i) => dataset.item(i)))
    expect(items.map((item) => item.kind === 'image' && Buffer.from(item.bytes).toString())).toEqual([
      ...['a-c1', 'a1', 'a2', 'b10', 'b2', 'ä1'],
    ])
    expect(dataset.sizeOf(3)).toBe(3)
    expect(dataset.summary).toMatchObject({ kind: 'images', labelling: 'names', classesGiven: false })
  })

  it('has a manifest with one label or several, in its own order', async () => {
    const manifest = [
      '{"path": "z.png", "label": "dog", "more": 1}',
      '',
      '{"path": "a/b.png", "labels": ["cat", "dog", "cat"]}\r',
      '{"path": "z.png", "labels": []}',
    ]
    const files = { 'manifest.jsonl': manifest.join('\n'), 'z.png': 'Z', 'a/b.png': 'AB', 'unused.png': 'U' }
    const dataset = await (await make(files)).open('set')
    expect(dataset.classes).toEqual(['cat', 'dog'])
    expect([0, 1, 2].map((i) => dataset.labelsOf(i))).toEqual([[1], [0, 1], []])
    expect([0, 1, 2].map((i) => dataset.pathOf(i))).toEqual(['z.png', 'a/b.png', 'z.png'])
    expect(await dataset.item(1)).toEqual({ kind: 'image', bytes: text('AB'), path: 'a/b.png' })
    expect(dataset.summary.ignored).toBe(1)
  })

  it('has as many labels of a sample as a manifest names', async () => {
    const labels = Array.from({ length: 200_000 }, (_, i) => i)
    const line = JSON.stringify({ path: 'z.png', labels })
    const dataset = await (await make({ 'manifest.jsonl': line, 'z.png': 'Z' })).open('set')
    expect(dataset.labelsOf(0)).toHaveLength(200_000)
  })

  it('has ready tensors with one label each, or several', async () => {
    const values = Float32Array.from({ length: 3 * 2 * 2 }, (_, i) => i / 7)
    const data = npy([3, 2, 2], values)
    const one = await (
      await make({ 'data.npy': data, 'labels.npy': npy([3], BigInt64Array.of(4n, 0n, 2n)) })
    ).open('set')
    expect(one.samples).toBe(3)
    expect(one.classes).toEqual(['0', '1', '2', '3', '4'])
    expect([0, 1, 2].map((i) => one.labelsOf(i))).toEqual([[4], [0], [2]])
    expect(await one.item(2)).toEqual({ kind: 'tensor', values: values.slice(8), shape: [2, 2] })
    const several = npy([3, 2], Uint8Array.of(1, 1, 0, 0, 0, 1))
    const many = await (await make({ 'data.npy': data, 'labels.npy': several }, ['no', 'yes'])).open('set')
    expect(many.classes).toEqual(['no', 'yes'])
    expect([0, 1, 2].map((i) => many.labelsOf(i))).toEqual([[0, 1], [], [1]])
    expect(many.summary.classesGiven).toBe(true)
  })

  it('refuses samples that it does not have', async () => {
    const dataset = await (await make({ 'a/1.png': '1' })).open('set')
    for (const index of [1, -1, 0.5, Number.NaN]) {
      await expect(dataset.item(index)).rejects.toMatchObject({ code: 'unknown-dataset-item' })
    }
  })
})

describe('what is wrong with the files', () => {
  const build = async (files: Files, classes?: readonly string[]) => {
    const directory = await writeFiles(await freshFolder(), files)
    return await buildDataset({ source: { directory }, folder: await freshFolder(), classes })
  }
  const data = npy([2, 3], new Float32Array(6))
  const wrong: readonly [what: string, files: Files, expected: object, classes?: readonly string[]][] = [
    ['nothing', {}, { code: 'dataset-empty' }],
    ['no image', { 'a/x.txt': '' }, { code: 'dataset-empty' }],
    ['an empty manifest', { 'manifest.jsonl': '\n\n', 'a/1.png': '' }, { code: 'dataset-empty' }],
    [
      'an image in no folder',
      { 'a/1.png': '', '1.png': '' },
      { code: 'dataset-invalid', details: { paths: ['1.png'] } },
    ],
    ['a folder that is no class', { 'a/1.png': '' }, { code: 'dataset-invalid', pointer: '/classes' }, ['b']],
    [
      'lines that are no objects, name no image, or have no label',
      {
        'x.png': '',
        'manifest.jsonl':
          '{"path": "x.png", "label": "a"}\nnonsense\n[]\n{"path": "../x.png", "label": "a"}\n{"path": "x.png"}',
      },
      {
        code: 'dataset-invalid',
        details: { wrong: 4, lines: [{ line: 2 }, { line: 3 }, { line: 4 }, { line: 5 }] },
      },
    ],
    [
      'labels of two kinds',
      { 'x.png': '', 'manifest.jsonl': '{"path": "x.png", "label": "a"}\n{"path": "x.png", "label": 1}' },
      { code: 'dataset-invalid', details: { lines: [{ line: 2 }] } },
    ],
    [
      'a label that is not among the classes',
      { 'x.png': '', 'manifest.jsonl': '{"path": "x.png", "label": 2}' },
      { code: 'dataset-invalid', details: { lines: [{ line: 1 }] } },
      ['a', 'b'],
    ],
    ['no labels', { 'data.npy': data }, { code: 'dataset-invalid' }],
    ['no array', { 'data.npy': 'x', 'labels.npy': 'y' }, { code: 'dataset-invalid' }],
    ['a short array', { 'data.npy': data.slice(0, -1) }, { code: 'dataset-invalid' }],
    [
      'another number of labels',
      { 'data.npy': data, 'labels.npy': npy([3], new BigInt64Array(3)) },
      { code: 'dataset-invalid' },
    ],
    [
      'a negative label',
      { 'data.npy': data, 'labels.npy': npy([2], BigInt64Array.of(0n, -1n)) },
      { code: 'dataset-invalid' },
    ],
    ['bytes instead of floats', { 'data.npy': npy([2, 3], new Uint8Array(6)) }, { code: 'dataset-invalid' }],
  ]
  it.each(wrong)('says so: %s', async (_, files, expected, classes) => {
    await expect(build(files, classes)).rejects.toMatchObject(expected)
  })

  it('says so: a symbolic link', async () => {
    const directory = await writeFiles(await freshFolder(), { 'a/1.png': '' })
    await symlink('/etc', join(directory, 'b'))
    const built = buildDataset({ source: { directory }, folder: await freshFolder() })
    await expect(built).rejects.toMatchObject({ code: 'dataset-invalid', details: { path: 'b' } })
  })
})

describe('a directory that changes', () => {
  it.each<[string, (path: string) => Promise<unknown>]>([
    ['a file is gone', (path) => rm(path)],
    ['a file has other bytes', (path) => writeFile(path, 'other and longer')],
    ['a file has another time', (path) => utimes(path, 1, 1)],
    ['a file is a link now', (path) => rm(path).then(() => symlink('/etc/hostname', path))],
  ])('is noticed: %s', async (_, change) => {
    const directory = await writeFiles(await freshFolder(), { 'a/1.png': 'one', 'a/2.png': 'two' })
    const datasets = new Datasets(await freshContext([directory]))
    await register(datasets, 'set', { directory })
    const dataset = await datasets.open('set')
    await change(join(directory, 'a/1.png'))
    await expect(dataset.item(0)).rejects.toMatchObject({
      code: 'dataset-changed',
      details: { path: 'a/1.png' },
    })
    expect((await dataset.item(1)).kind).toBe('image')
  })

  it('is read no more when its root is gone from the configuration', async () => {
    const directory = await writeFiles(await freshFolder(), { 'a/1.png': 'one' })
    const context = await freshContext([directory])
    await register(new Datasets(context), 'set', { directory })
    const opened = new Datasets({ ...context, roots: [] }).open('set')
    await expect(opened).rejects.toMatchObject({ code: 'dataset-place-not-allowed' })
  })
})

describe.runIf(s3)('objects in S3 that change', () => {
  const made = async (files: Files) => {
    const { bucket } = await freshBucket(s3!)
    const config = s3Config(s3!)
    const objects = await openS3(config, { bucket, prefix: 'set' })
    for (const [path, content] of Object.entries(files))
      await objects.put(path, typeof content === 'string' ? text(content) : content)
    const context = { ...(await freshContext([`s3://${bucket}/set`])), s3: config }
    const folder = await freshFolder()
    const place = { bucket, prefix: 'set' }
    const summary = await buildDataset({ source: { s3: place, config }, folder })
    const datasets = new Datasets(context)
    await datasets.publish({ name: 'set', source: { s3: `${bucket}/set` }, summary, folder })
    return { objects, dataset: await datasets.open('set') }
  }
  const images = { 'a/1.png': 'one', 'a/2.png': 'two' }

  it.each<[string, (objects: ObjectStore) => Promise<unknown>]>([
    ['an object is gone', (objects) => objects.delete('a/1.png')],
    ['an object has other bytes', (objects) => objects.put('a/1.png', text('ONE'))],
    ['an object is longer', (objects) => objects.put('a/1.png', text('one more'))],
  ])('are noticed: %s', async (_, change) => {
    const { objects, dataset } = await made(images)
    await change(objects)
    await expect(dataset.item(0)).rejects.toMatchObject({
      code: 'dataset-changed',
      details: { path: 'a/1.png' },
    })
    expect((await dataset.item(1)).kind).toBe('image')
  })

  it('are noticed in tensors too', async () => {
    const data = (first: number) => npy([2, 2], Float32Array.of(first, 2, 3, 4))
    const labels = npy([2], BigInt64Array.of(0n, 1n))
    const { objects, dataset } = await made({ 'data.npy': data(1), 'labels.npy': labels })
    expect(await dataset.item(1)).toMatchObject({ values: Float32Array.of(3, 4) })
    await objects.put('data.npy', data(0))
    await expect(dataset.item(1)).rejects.toMatchObject({
      code: 'dataset-changed',
      details: { path: 'data.npy' },
    })
  })

  it('are none where the same bytes were written again', async () => {
    const { objects, dataset } = await made(images)
    await objects.put('a/1.png', text('one'))
    expect(await dataset.item(0)).toMatchObject({ bytes: text('one') })
  })
})

describe('names', () => {
  const zip = () => writeZip({ 'a/1.png': 'one' })

  it('takes the same again and refuses another', async () => {
    const datasets = new Datasets(await freshContext())
    expect((await register(datasets, 'set', { zip: await zip() })).created).toBe(true)
    expect((await register(datasets, 'set', { zip: await zip() })).created).toBe(false)
    for (const files of [{ 'a/1.png': 'two' }, { 'b/1.png': 'one' }]) {
      const other = register(datasets, 'set', { zip: await writeZip(files) })
      await expect(other).rejects.toMatchObject({ code: 'dataset-name-conflict', details: { name: 'set' } })
    }
    await expect(register(datasets, 'set', { zip: await zip() }, ['a', 'b'])).rejects.toMatchObject({
      code: 'dataset-name-conflict',
    })
  })

  it('lets one of many racing registrations win, and keeps nothing of the others', async () => {
    const context = await freshContext()
    const racing = Array.from({ length: 8 }, async (_, i) =>
      register(new Datasets(context), 'set', { zip: await writeZip({ 'a/1.png': `${i % 2}` }) }),
    )
    const outcomes = await Promise.allSettled(racing)
    const won = outcomes.filter((one) => one.status === 'fulfilled' && one.value.created)
    expect(won).toHaveLength(1)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(4)
    expect((await context.store.list('datasets/')).objects).toHaveLength(2)
  })

  it('lists in order, and proposes near names', async () => {
    const datasets = new Datasets(await freshContext())
    for (const name of ['c', 'a', 'b']) await register(datasets, name, { zip: await zip() })
    const first = await datasets.list(2)
    expect(first.records.map(({ name }) => name)).toEqual(['a', 'b'])
    const second = await datasets.list(2, first.cursor)
    expect(second).toMatchObject({ records: [{ name: 'c' }] })
    expect(second.cursor).toBeUndefined()
    await register(datasets, 'imagenet-val', { zip: await zip() })
    await expect(datasets.open('imagenet-vol')).rejects.toMatchObject({
      code: 'unknown-dataset',
      details: { suggestions: ['imagenet-val'] },
    })
    await expect(datasets.open('../a')).rejects.toMatchObject({ code: 'unknown-dataset' })
  })

  it('deletes, also for those who have it open', async () => {
    const context = await freshContext()
    const datasets = new Datasets(context)
    await register(datasets, 'set', { zip: await zip() })
    const elsewhere = new Datasets(context)
    const opened = await elsewhere.open('set')
    await datasets.delete('set')
    expect((await context.store.list('')).objects).toEqual([])
    await expect(opened.item(0)).rejects.toMatchObject({ code: 'unknown-dataset' })
    await expect(elsewhere.open('set')).rejects.toMatchObject({ code: 'unknown-dataset' })
    await expect(datasets.delete('set')).rejects.toMatchObject({ code: 'unknown-dataset' })
    await register(datasets, 'set', { zip: await writeZip({ 'z/9.png': 'new' }) })
    expect((await elsewhere.open('set')).pathOf(0)).toBe('z/9.png')
  })

  it('finds any sample of a hundred thousand', async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `{"path":"x/${i % 7}.png","label":${i % 1000}}`)
    const images = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`x/${i}.png`, `picture ${i}`]))
    const context = await freshContext()
    const datasets = new Datasets(context)
    await register(datasets, 'set', {
      zip: await writeZip({ ...images, 'manifest.jsonl': lines.join('\n') }),
    })
    expect((await context.store.list('')).objects).toHaveLength(3)
    const dataset = await datasets.open('set')
    expect(dataset.samples).toBe(100_000)
    expect(dataset.labelsOf(99_999)).toEqual([999])
    expect(await dataset.item(99_999)).toMatchObject({ path: 'x/4.png', bytes: text('picture 4') })
  })
})
