import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ObjectInfo, ObjectStore } from '../src/index.ts'

const text = (value: string) => new TextEncoder().encode(value)

async function* chunks(...values: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const value of values) {
    await sleep(1)
    yield text(value)
  }
}

async function* failingAfter(value: string): AsyncGenerator<Uint8Array> {
  yield text(value)
  throw new Error('the sender hung up')
}

/** `toEqual` takes seconds for a megabyte. */
function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length)
  expect(Buffer.compare(actual, expected)).toBe(0)
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

async function listAll(store: ObjectStore, prefix: string, limit: number): Promise<readonly ObjectInfo[]> {
  const objects: ObjectInfo[] = []
  let cursor: string | undefined
  do {
    const page = await store.list(prefix, cursor === undefined ? { limit } : { cursor, limit })
    expect(page.objects.length).toBeLessThanOrEqual(limit)
    objects.push(...page.objects)
    cursor = page.cursor
  } while (cursor !== undefined)
  return objects
}

const badKeys = [
  ...['', '/', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../b', 'a/..', './a', 'a/./b', '.tmp-a', 'a/.tmp-b'],
  ...['a\0b', 'a\nb', 'a\\b', '\ud800', 'a'.repeat(256), `${'abcd/'.repeat(205)}x`],
]
const oddKeys = [
  ...['a', 'a b', 'ä/ö', 'layer:0', '%2F', '%', 'a+b=c', '...', '..a', '.hidden', "it's", '💡', 'a*?"<>|'],
  ...['x'.repeat(255), `${'abc/'.repeat(255)}abcd`],
]

/**
 * What every driver has to do. `factory` gives stores that are fresh for each call, or at least use a fresh prefix.
 * Two stores of one `open()` share their objects, as two processes would.
 */
export function describeObjectStore(name: string, factory: () => Promise<{ open(): ObjectStore }>): void {
  const fresh = async () => (await factory()).open()

  describe(`${name}: objects`, () => {
    it('gives back what was put, whole and streamed', async () => {
      const store = await fresh()
      const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251)
      await store.put('a/b', bytes)
      expectBytes(await store.get('a/b'), bytes)
      expectBytes(await collect(await store.stream('a/b')), bytes)
    })

    it('takes a stream of unknown length, and an empty one', async () => {
      const store = await fresh()
      await store.put('streamed', chunks('one ', 'two ', 'three'))
      await store.put('empty', chunks())
      expect(Buffer.from(await store.get('streamed')).toString()).toBe('one two three')
      expect(await store.head('empty')).toMatchObject({ key: 'empty', size: 0 })
    })

    it('tells size and time', async () => {
      const store = await fresh()
      const before = Date.now()
      await store.put('a', text('12345'))
      const info = await store.head('a')
      expect(info).toMatchObject({ key: 'a', size: 5 })
      expect(Math.abs(info.modified.getTime() - before)).toBeLessThan(60_000)
    })

    it('gives back parts', async () => {
      const store = await fresh()
      await store.put('a', text('0123456789'))
      const part = async (start: number, length: number) =>
        Buffer.from(await store.range('a', start, length)).toString()
      expect(await part(0, 10)).toBe('0123456789')
      expect(await part(3, 4)).toBe('3456')
      expect(await part(9, 1)).toBe('9')
      expect(await part(4, 0)).toBe('')
      for (const [start, length] of [
        [8, 3],
        [10, 1],
        [99, 5],
      ] as const) {
        await expect(store.range('a', start, length)).rejects.toMatchObject({ code: 'object-range-invalid' })
      }
      await expect(store.range('b', 0, 1)).rejects.toMatchObject({ code: 'object-not-found' })
    })

    it('replaces on put', async () => {
      const store = await fresh()
      await store.put('a', text('a longer first version'))
      await store.put('a', text('second'))
      expect(Buffer.from(await store.get('a')).toString()).toBe('second')
    })

    it('puts several objects in any folders, and replaces', async () => {
      const store = await fresh()
      const keys = Array.from({ length: 40 }, (_, i) => `a/${i % 3}/${i}`)
      await store.put(keys[7]!, text('before'))
      await store.putAll(keys.map((key) => [key, text(key)]))
      await store.putAll([])
      expect((await store.list('')).objects.map(({ key }) => key)).toEqual(keys.toSorted())
      for (const key of keys) expect(Buffer.from(await store.get(key)).toString()).toBe(key)
    })

    it('puts none of several objects where a key is bad', async () => {
      const store = await fresh()
      const objects = [
        ['a', text('1')],
        ['../b', text('2')],
      ] as const
      const refused = { code: 'object-key-invalid', details: { key: '../b' } }
      await expect(store.putAll(objects)).rejects.toMatchObject(refused)
      expect((await store.list('')).objects).toEqual([])
    })

    it('gives back the version that is asked for, or none', async () => {
      const store = await fresh()
      await store.put('a', text('one'))
      const { version } = await store.head('a')
      expect((await store.list('')).objects.map((object) => object.version)).toEqual([version])
      expect(Buffer.from(await store.get('a', version)).toString()).toBe('one')
      expect(Buffer.from(await store.range('a', 1, 2, version)).toString()).toBe('ne')
      await store.put('a', text('two'))
      const changed = { code: 'object-changed', details: { key: 'a' } }
      await expect(store.get('a', version)).rejects.toMatchObject(changed)
      await expect(store.range('a', 0, 1, version)).rejects.toMatchObject(changed)
      expect(Buffer.from(await store.get('a', (await store.head('a')).version)).toString()).toBe('two')
      await store.delete('a')
      await expect(store.get('a', version)).rejects.toMatchObject({ code: 'object-not-found' })
    })

    it('finishes a stream with the version it began with', async () => {
      const store = await fresh()
      const first = new Uint8Array(2_000_000).fill(1)
      await store.put('a', first)
      const stream = await store.stream('a')
      await store.put('a', new Uint8Array(2_000_000).fill(2))
      expectBytes(await collect(stream), first)
    })

    it('deletes, twice without complaint', async () => {
      const store = await fresh()
      await store.put('a/b', text('1'))
      await store.delete('a/b')
      await store.delete('a/b')
      await store.delete('never/there')
      expect(await store.exists('a/b')).toBe(false)
    })

    it('deletes everything in a folder and nothing beside it', async () => {
      const store = await fresh()
      const inside = Array.from({ length: 100 }, (_, i) => `a/b/${i % 2 === 0 ? 'c/' : ''}${i}`)
      for (let at = 0; at < inside.length; at += 20)
        await Promise.all(inside.slice(at, at + 20).map((key) => store.put(key, text(key))))
      for (const key of ['a/b2', 'a/a', 'a/c']) await store.put(key, text(key))
      await store.deleteBelow('a/b/')
      await store.deleteBelow('a/b/')
      await store.deleteBelow('never/there/')
      expect((await store.list('')).objects.map(({ key }) => key)).toEqual(['a/a', 'a/b2', 'a/c'])
      await store.put('a/b/again', text('1'))
      expect(await store.exists('a/b/again')).toBe(true)
    })

    it.each(['', '/', 'a', '../', 'a/../', 'a//'])('deletes nothing below %j', async (folder) => {
      const store = await fresh()
      await store.put('a/b', text('1'))
      await expect(store.deleteBelow(folder)).rejects.toMatchObject({ code: 'object-key-invalid' })
      expect(await store.exists('a/b')).toBe(true)
    })

    it('says that nothing is there', async () => {
      const store = await fresh()
      await store.put('folder/object', text('1'))
      for (const key of ['none', 'folder', 'folder/none', 'folder/object/none']) {
        expect(await store.exists(key), key).toBe(false)
        for (const method of ['get', 'stream', 'head'] as const) {
          await expect(store[method](key), `${method} ${key}`).rejects.toMatchObject({
            code: 'object-not-found',
            details: { key },
          })
        }
      }
    })

    it.each(oddKeys)('keeps the key %j', async (key) => {
      const store = await fresh()
      await store.put(key, text(key))
      expect(Buffer.from(await store.get(key)).toString()).toBe(key)
      expect((await store.list('')).objects.map((object) => object.key)).toEqual([key])
    })

    it.each(badKeys)('refuses the key %j', async (key) => {
      const store = await fresh()
      const refused = { code: 'object-key-invalid', details: { key } }
      await expect(store.put(key, text('1'))).rejects.toMatchObject(refused)
      await expect(store.putIfAbsent(key, text('1'))).rejects.toMatchObject(refused)
      for (const method of ['get', 'stream', 'head', 'exists', 'delete'] as const) {
        await expect(store[method](key), method).rejects.toMatchObject(refused)
      }
    })
  })

  describe(`${name}: writers`, () => {
    it('puts if absent, once', async () => {
      const store = await fresh()
      expect(await store.putIfAbsent('a', text('first'))).toBe(true)
      expect(await store.putIfAbsent('a', text('second'))).toBe(false)
      expect(Buffer.from(await store.get('a')).toString()).toBe('first')
      await store.delete('a')
      expect(await store.putIfAbsent('a', chunks('thi', 'rd'))).toBe(true)
      expect(Buffer.from(await store.get('a')).toString()).toBe('third')
    })

    it('lets exactly one of many racing writers create an object', async () => {
      const { open } = await factory()
      const writers = Array.from({ length: 12 }, (_, i) =>
        open().putIfAbsent('new/folder/a', chunks('writer ', `${i}`)),
      )
      const created = await Promise.all(writers)
      expect(created.filter(Boolean)).toHaveLength(1)
      const winner = `writer ${created.indexOf(true)}`
      expect(Buffer.from(await open().get('new/folder/a')).toString()).toBe(winner)
    })

    it('shows readers one whole version while writers race', async () => {
      const { open } = await factory()
      const version = (i: number) => new Uint8Array(400_000).fill(i)
      await open().put('a', version(0))
      const writing = Promise.all(Array.from({ length: 8 }, (_, i) => open().put('a', version(i + 1))))
      for (let i = 0; i < 20; i++) {
        const seen = await open().get('a')
        expect(seen.length).toBe(400_000)
        expect(seen.every((value) => value === seen[0])).toBe(true)
      }
      await writing
    })

    it('shows each of several objects in full or not at all', async () => {
      const { open } = await factory()
      const keys = Array.from({ length: 30 }, (_, i) => `a/${i}`)
      const writing = open().putAll(keys.map((key) => [key, new Uint8Array(100_000).fill(1)]))
      for (let seen = 0, going = true; going || seen < keys.length; ) {
        await Promise.race([writing.then(() => (going = false)), sleep(1)])
        const { objects } = await open().list('a/')
        for (const { key, size } of objects) expect(size, key).toBe(100_000)
        seen = objects.length
      }
    })

    it('leaves nothing of an interrupted body, and keeps what was there', async () => {
      const store = await fresh()
      await store.put('kept', text('old'))
      for (const key of ['a/new', 'kept']) {
        await expect(store.put(key, failingAfter('half'))).rejects.toThrow('the sender hung up')
      }
      await expect(store.putIfAbsent('b', failingAfter('half'))).rejects.toThrow('the sender hung up')
      expect((await store.list('')).objects.map(({ key }) => key)).toEqual(['kept'])
      expect(Buffer.from(await store.get('kept')).toString()).toBe('old')
    })
  })

  describe(`${name}: lists`, () => {
    it('is empty where nothing is', async () => {
      expect(await (await fresh()).list('any/thing')).toEqual({ objects: [] })
    })

    it('goes in byte order, also across folders', async () => {
      const store = await fresh()
      const keys = ['a!', 'a!b/c', 'a-b', 'a.b', 'a/a', 'a/b/c', 'a/b.', 'a0', 'b', 'Z', 'ä', '\uffee', '💡']
      for (const key of keys) await store.put(key, text(key))
      const byBytes = keys.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
      expect((await store.list('')).objects.map(({ key }) => key)).toEqual(byBytes)
      expect((await store.list('')).objects.map(({ size }) => size)).toEqual(
        byBytes.map((key) => text(key).length),
      )
    })

    it('finds by prefix and pages, whatever the keys', async () => {
      const segment = fc.string({
        unit: fc.constantFrom('a', 'b', '-', '.x', '0', '~'),
        minLength: 1,
        maxLength: 2,
      })
      // The last segment has a mark, so that no key is a folder of another.
      const key = fc
        .tuple(fc.array(segment, { maxLength: 2 }), segment)
        .map(([folders, last]) => [...folders, `${last}=`].join('/'))
      const prefix = fc.string({ unit: fc.constantFrom('a', 'b', '-', '/', '0'), maxLength: 3 })
      const limit = fc.integer({ min: 1, max: 5 })
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(key, { maxLength: 9 }), prefix, limit, async (keys, start, size) => {
          const store = await fresh()
          for (const one of keys) await store.put(one, text(one))
          const expected = keys.filter((one) => one.startsWith(start)).toSorted()
          expect((await listAll(store, start, size)).map((object) => object.key)).toEqual(expected)
        }),
        { numRuns: 25 },
      )
    })

    it('goes on after a cursor whose object is gone', async () => {
      const store = await fresh()
      for (const key of ['a', 'b', 'c']) await store.put(key, text(key))
      const { cursor } = await store.list('', { limit: 2 })
      await store.delete('b')
      expect((await store.list('', { cursor: cursor! })).objects.map(({ key }) => key)).toEqual(['c'])
    })

    it.each([0, -1, 1.5, 1001, Number.NaN])('refuses the limit %j', async (limit) => {
      await expect((await fresh()).list('', { limit })).rejects.toMatchObject({ code: 'list-page-invalid' })
    })

    it('never leaves the store by a prefix', async () => {
      const store = await fresh()
      await store.put(`a/${randomUUID()}`, text('1'))
      for (const prefix of ['../', '/', 'a/../', '..']) expect((await store.list(prefix)).objects).toEqual([])
    })
  })
}
