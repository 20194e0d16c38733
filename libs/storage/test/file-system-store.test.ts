import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FileSystemObjectStore, isLocal, keySegment } from '../src/index.ts'
import { describeObjectStore } from './conformance.ts'

const roots: string[] = []

async function freshRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'object-store-'))
  roots.push(root)
  return root
}

afterAll(async () => {
  await Promise.all(roots.map((root) => rm(root, { recursive: true })))
})

const bytes = (text: string) => new TextEncoder().encode(text)

describeObjectStore('file system', async () => {
  const root = await freshRoot()
  return { open: () => new FileSystemObjectStore(join(root, 'made', 'when needed')) }
})

describe('FileSystemObjectStore', () => {
  it('keeps an object under its key as the path', async () => {
    const store = new FileSystemObjectStore(await freshRoot())
    await store.put('models/ab12/weights.bin', bytes('weights'))
    expect(store.localPath('models/ab12/weights.bin')).toBe(join(store.root, 'models/ab12/weights.bin'))
    expect(await readFile(store.localPath('models/ab12/weights.bin'), 'utf8')).toBe('weights')
    expect(isLocal(store)).toBe(true)
    expect(() => store.localPath('../outside')).toThrow(
      expect.objectContaining({ code: 'object-key-invalid' }) as Error,
    )
  })

  it('refuses a key that is a folder of another, or below another', async () => {
    const store = new FileSystemObjectStore(await freshRoot())
    await store.put('a/b', bytes('1'))
    for (const key of ['a', 'a/b/c', 'a/b/c/d']) {
      await expect(store.put(key, bytes('2')), key).rejects.toMatchObject({ code: 'object-key-conflict' })
      await expect(store.putIfAbsent(key, bytes('2')), key).rejects.toMatchObject({
        code: 'object-key-conflict',
      })
    }
    expect((await store.list('')).objects.map(({ key }) => key)).toEqual(['a/b'])
  })

  it('leaves no temporary file behind, whether a write succeeds or fails', async () => {
    const store = new FileSystemObjectStore(await freshRoot())
    await store.put('a', bytes('1'))
    await store.putIfAbsent('a', bytes('2'))
    await store.put('d/b', bytes('1'))
    await store.put('d', bytes('1')).catch(() => undefined)
    expect(await readdir(store.root, { recursive: true })).toEqual(['a', 'd', 'd/b'])
  })

  it('shows nothing of a writer that was killed, and clears up after it', async () => {
    const store = new FileSystemObjectStore(await freshRoot())
    const writer = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'fixtures', 'endless-writer.ts'), store.root],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await once(writer.stdout, 'data')
    writer.kill('SIGKILL')
    await once(writer, 'exit')
    const [left] = await readdir(join(store.root, 'folder'))
    expect(left).toMatch(/^\.tmp-/)
    expect(await store.list('')).toEqual({ objects: [] })
    expect(await store.exists('folder/object')).toBe(false)

    expect(await store.removeStaleTemporaries(60_000)).toBe(0)
    const twoHoursAgo = new Date(Date.now() - 7_200_000)
    await utimes(join(store.root, 'folder', left!), twoHoursAgo, twoHoursAgo)
    expect(await store.removeStaleTemporaries(3_600_000)).toBe(1)
    expect(await readdir(join(store.root, 'folder'))).toEqual([])

    await writeFile(join(store.root, 'folder', left!), 'half')
    await store.deleteBelow('folder/')
    expect(await readdir(store.root)).toEqual([])
  })

  it('lists only what could be keys', async () => {
    const store = new FileSystemObjectStore(await freshRoot())
    await store.put('a', bytes('1'))
    await writeFile(join(store.root, 'back\\slash'), '')
    expect((await store.list('')).objects.map(({ key }) => key)).toEqual(['a'])
  })
})

describe('keySegment', () => {
  it.each([
    ['features.27', 'features.27'],
    ['/features/Conv', '%2Ffeatures%2FConv'],
    ['100%', '100%25'],
    ['a\\b\n', 'a%5Cb%0A'],
    ['..', '%2E.'],
    ['layer 4:0 ä', 'layer 4:0 ä'],
  ])('turns %j into %j, and back', (text, segment) => {
    expect(keySegment(text)).toBe(segment)
    expect(decodeURIComponent(segment)).toBe(text)
  })
})
