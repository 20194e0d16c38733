import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildDataset, type ZipLimits } from '../src/index.ts'
import { type Files, freshFolder, generous, writeZip } from './build.ts'

const build = async (zip: string, limits: ZipLimits = generous) =>
  await buildDataset({ source: { zip, limits }, folder: await freshFolder() })

const unixMode = (mode: number) => ({ os: 3, attrs: mode * 2 ** 16 })

describe('archives', () => {
  it('may have a folder around everything', async () => {
    const folders: Files = {
      'set/a/1.png': '1',
      'set/b/1.png': '2',
      'set/notes.txt': '',
      '__MACOSX/set/._1.png': '',
    }
    expect(await build(await writeZip(folders))).toMatchObject({
      classes: ['a', 'b'],
      samples: 2,
      ignored: 2,
    })
    const manifest: Files = { 'set/manifest.jsonl': '{"path": "1.png", "label": "a"}', 'set/1.png': '1' }
    expect(await build(await writeZip(manifest))).toMatchObject({ classes: ['a'], samples: 1 })
    expect(await build(await writeZip({ 'a/1.png': '1', 'a/b/2.png': '2' }))).toMatchObject({
      classes: ['a'],
    })
  })

  it('may be stored or compressed, with the same fingerprint', async () => {
    const files: Files = { 'a/1.png': 'x'.repeat(1000), 'b/2.png': 'y' }
    const stored = await build(await writeZip(files, { level: 0 }))
    expect(await build(await writeZip(files, { level: 9 }))).toEqual(stored)
  })

  it.each<[string, Files, object, object?]>([
    ['a path that climbs', { 'a/1.png': '1', '../b/1.png': '2' }, { code: 'dataset-invalid' }],
    ['a path that climbs inside', { 'a/../../b/1.png': '2' }, { code: 'dataset-invalid' }],
    ['an absolute path', { '/a/1.png': '1' }, { code: 'dataset-invalid' }],
    ['a drive', { 'C:/a/1.png': '1' }, { code: 'dataset-invalid' }],
    ['a backslash', { 'a\\1.png': '1' }, { code: 'dataset-invalid' }],
    ['a symbolic link', { 'a/1.png': '/etc/passwd' }, { code: 'dataset-invalid' }, unixMode(0o120_777)],
    ['a device', { 'a/1.png': '' }, { code: 'dataset-invalid' }, unixMode(0o020_777)],
    ['nothing of use', { 'notes.txt': '1' }, { code: 'dataset-empty' }],
  ])('are refused: %s', async (_, files, expected, options) => {
    await expect(build(await writeZip(files, options))).rejects.toMatchObject(expected)
  })

  it('are refused for a file that grows without measure', async () => {
    const bomb = await writeZip({ 'a/1.png': new Uint8Array(65 * 2 ** 20) }, { level: 6 })
    await expect(build(bomb)).rejects.toMatchObject({ code: 'dataset-invalid', details: { path: 'a/1.png' } })
  })

  it('are refused over the limits of bytes and entries', async () => {
    const zip = await writeZip({ 'a/1.png': '12345', 'a/2.png': '67890' })
    const small = { ...generous, maxBytes: 9 }
    await expect(build(zip, small)).rejects.toMatchObject({
      code: 'dataset-too-large',
      details: { max_bytes: 9 },
    })
    const few = { ...generous, maxEntries: 1 }
    await expect(build(zip, few)).rejects.toMatchObject({
      code: 'dataset-too-large',
      details: { max_entries: 1 },
    })
  })

  const damaged = async (change: (bytes: Buffer) => Buffer): Promise<string> => {
    const path = await writeZip({ 'a/1.png': 'some content that can be changed' }, { level: 0 })
    await writeFile(path, change(await readFile(path)))
    return path
  }
  /** Changes two bytes of the entry in the directory of the archive. */
  const inEntry = (bytes: Buffer, at: number, value: number): Buffer => {
    bytes.writeUInt16LE(value, bytes.indexOf('PK\x01\x02', 'latin1') + at)
    return bytes
  }
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['no archive', () => Buffer.from('this is no archive, but it is long enough to be looked at')],
    ['nothing', () => Buffer.alloc(0)],
    ['cut off', (bytes) => bytes.subarray(0, bytes.length - 30)],
    [
      'changed content',
      (bytes) => Buffer.from(bytes.toString('latin1').replace('some content', 'same content'), 'latin1'),
    ],
    ['a lying size', (bytes) => inEntry(bytes, 24, 7)],
    ['encryption', (bytes) => inEntry(bytes, 8, 1)],
    ['an unknown compression', (bytes) => inEntry(bytes, 10, 93)],
  ])('are refused when they cannot be read: %s', async (_, change) => {
    await expect(build(await damaged(change))).rejects.toMatchObject({ code: 'dataset-unreadable' })
  })

  it('are told from files that are none', async () => {
    const text = join(await freshFolder(), 'text.zip')
    await writeFile(text, 'hello')
    await expect(build(text)).rejects.toThrow(
      'The archive cannot be read: it is not a .zip file, or is cut off.',
    )
  })

  it('give nothing a path of its own', async () => {
    const folder = await freshFolder()
    const zip = await writeZip({ 'a/1.png': 'one', 'b/2.png': 'two' })
    await buildDataset({ source: { zip, limits: generous }, folder })
    expect(await readFile(join(folder, 'data.bin'), 'utf8')).toBe('onetwo')
  })
})
