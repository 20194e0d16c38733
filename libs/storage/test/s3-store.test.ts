import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { freshBucket, s3Access } from '../../../test/support/s3.ts'
import { canPresign, isLocal, type S3Options } from '../src/index.ts'
import { S3ObjectStore } from '../src/s3/s3-store.ts'
import { describeObjectStore } from './conformance.ts'

const s3 = await s3Access()

const bytes = (text: string) => new TextEncoder().encode(text)

describe.runIf(s3)('with an S3 server', () => {
  const bucket = () => freshBucket(s3!)
  const fresh = async (more: Partial<S3Options> = {}) => new S3ObjectStore({ ...(await bucket()), ...more })

  describeObjectStore('S3', async () => {
    const options = await bucket()
    return { open: () => new S3ObjectStore(options) }
  })

  describe('S3ObjectStore', () => {
    it('keeps objects below its prefix, apart from others', async () => {
      const options = await bucket()
      const [one, other] = ['one/a', 'one/ab'].map((prefix) => new S3ObjectStore({ ...options, prefix }))
      await one!.put('models/x', bytes('1'))
      await other!.put('models/y', bytes('2'))
      expect((await one!.list('')).objects.map(({ key }) => key)).toEqual(['models/x'])
      expect((await one!.list('models/', { cursor: 'models/w', limit: 1 })).objects).toHaveLength(1)
      expect(await one!.exists('models/y')).toBe(false)
      const whole = await new S3ObjectStore(options).list('')
      expect(whole.objects.map(({ key }) => key)).toEqual(['one/a/models/x', 'one/ab/models/y'])
      await expect(one!.put(`${'abcd/'.repeat(204)}wxyz`, bytes('1'))).rejects.toMatchObject({
        code: 'object-key-invalid',
      })
    })

    it('streams large bodies of unknown length in parts', async () => {
      const store = await fresh()
      const part = new Uint8Array(3_000_000).map((_, i) => i % 253)
      const body = async function* () {
        for (let i = 0; i < 6; i++) yield part
      }
      await store.put('put', body())
      expect(await store.putIfAbsent('created', body())).toBe(true)
      expect(await store.putIfAbsent('created', body())).toBe(false)
      for (const key of ['put', 'created']) {
        let at = 0
        for await (const chunk of (await store.stream(key)) as AsyncIterable<Buffer>) {
          const expected = Buffer.from(chunk.map((_, i) => ((at + i) % 3_000_000) % 253))
          expect(Buffer.compare(chunk, expected)).toBe(0)
          at += chunk.length
        }
        expect(at).toBe(18_000_000)
      }
    })

    it('leaves no object and no parts of a large body that fails', async () => {
      const store = await fresh()
      const body = async function* () {
        for (let i = 0; i < 4; i++) yield new Uint8Array(3_000_000)
        throw new Error('the sender hung up')
      }
      await expect(store.put('a', body())).rejects.toThrow('the sender hung up')
      await expect(store.putIfAbsent('b', body())).rejects.toThrow('the sender hung up')
      expect(await store.list('')).toEqual({ objects: [] })
      expect(await store.removeStaleTemporaries(-60_000)).toBe(0)
    })

    it('hands out links that expire, and that cannot be changed', async () => {
      const store = await fresh()
      expect(canPresign(store)).toBe(true)
      expect(isLocal(store)).toBe(false)
      await store.put('a b/ä.png', bytes('picture'))
      await store.put('secret', bytes('secret'))
      const link = await store.presign('a b/ä.png', { expiresSeconds: 60, contentType: 'image/png' })
      const answer = await fetch(link)
      expect(answer.headers.get('content-type')).toBe('image/png')
      expect(await answer.text()).toBe('picture')

      const short = await store.presign('a b/ä.png', { expiresSeconds: 1 })
      const tampered = new URL(link)
      tampered.pathname = tampered.pathname.replace('a%20b/%C3%A4.png', 'secret')
      expect(tampered.pathname).toContain('secret')
      const longer = new URL(link)
      longer.searchParams.set('X-Amz-Expires', '600')
      const otherType = new URL(link)
      otherType.searchParams.set('response-content-type', 'text/html')
      for (const changed of [tampered, longer, otherType]) expect((await fetch(changed)).status).toBe(403)
      await sleep(2_100)
      expect((await fetch(short)).status).toBe(403)
      expect((await fetch(link)).status).toBe(200)
    })

    it.each([0, 1.5, 604_801])('refuses links that are valid for %j seconds', async (expiresSeconds) => {
      const store = new S3ObjectStore({ ...s3!, bucket: 'any-bucket' })
      await expect(store.presign('a', { expiresSeconds })).rejects.toMatchObject({ code: 'link-invalid' })
    })

    it('signs links for the address that clients use', async () => {
      const store = await fresh({ publicEndpoint: 'https://files.example.org' })
      const link = new URL(await store.presign('a', { expiresSeconds: 60 }))
      expect(link.origin).toBe('https://files.example.org')
    })
  })

  describe('what is wrong with the store', () => {
    const calls = (store: S3ObjectStore) => ({
      put: () => store.put('a', bytes('1')),
      putStreamed: () => store.put('a', (async function* () {})()),
      putIfAbsent: () => store.putIfAbsent('a', bytes('1')),
      get: () => store.get('a'),
      stream: () => store.stream('a'),
      head: () => store.head('a'),
      exists: () => store.exists('a'),
      list: () => store.list(''),
      delete: () => store.delete('a'),
      check: () => store.check(),
    })
    const wrong: readonly [what: string, change: () => Promise<Partial<S3Options>>, code: string][] = [
      ['a bucket that is not there', async () => ({ bucket: 'no-such-bucket' }), 'store-bucket-missing'],
      [
        'a wrong secret',
        async () => ({ credentials: { ...s3!.credentials, secretAccessKey: 'wrong' } }),
        'store-access-denied',
      ],
      [
        'an unknown access key',
        async () => ({ credentials: { accessKeyId: 'nobody', secretAccessKey: 'x' } }),
        'store-access-denied',
      ],
      ['nothing at the address', async () => ({ endpoint: 'http://127.0.0.1:1' }), 'store-unavailable'],
    ]
    it.each(wrong)('says so: %s', async (_, change, code) => {
      const store = await fresh(await change())
      for (const [name, call] of Object.entries(calls(store))) {
        await expect(call(), name).rejects.toMatchObject({ code })
      }
    })
  })

  it.runIf(s3?.smallUser)('says that a store is full, and keeps nothing of what did not fit', async () => {
    const options = await freshBucket({ ...s3!, credentials: s3!.smallUser! })
    const store = new S3ObjectStore(options)
    const large = new Uint8Array(2 ** 21)
    await store.put('small', bytes('1'))
    await expect(store.put('large', large)).rejects.toMatchObject({ code: 'store-full' })
    await expect(store.putIfAbsent('large', large)).rejects.toMatchObject({ code: 'store-full' })
    expect((await store.list('')).objects.map(({ key }) => key)).toEqual(['small'])
  })

  describe('when connections break', () => {
    const proxies: Server[] = []
    afterAll(() => {
      for (const proxy of proxies) proxy.close()
    })

    /** A way to the server on which `cut` decides when a connection ends, by what the client has sent on it. */
    async function through(cut: (sent: number, connection: number) => 'before' | 'after' | undefined) {
      const { hostname, port } = new URL(s3!.endpoint)
      let connections = 0
      const proxy = createServer((client: Socket) => {
        const connection = connections++
        const server = connect(Number(port), hostname)
        let sent = 0
        let mute = false
        client.on('data', (data) => {
          sent += data.length
          const verdict = cut(sent, connection)
          if (verdict === 'before') return void client.destroy()
          mute ||= verdict === 'after'
          server.write(data)
        })
        server.on('data', (data) => (mute ? client.destroy() : client.write(data)))
        for (const [one, other] of [
          [client, server],
          [server, client],
        ] as const) {
          one.on('error', () => other.destroy())
          one.on('close', () => other.destroy())
        }
      }).listen(0, '127.0.0.1')
      proxies.push(proxy)
      await once(proxy, 'listening')
      return `http://127.0.0.1:${(proxy.address() as { port: number }).port}`
    }

    it('leaves nothing of a body that is cut off on every try', async () => {
      const options = await bucket()
      const endpoint = await through((sent) => (sent > 1_000_000 ? 'before' : undefined))
      const store = new S3ObjectStore({ ...options, endpoint })
      const large = new Uint8Array(4_000_000)
      const streamed = async function* () {
        for (let i = 0; i < 8; i++) yield large
      }
      await expect(store.put('a', large)).rejects.toMatchObject({ code: 'store-unavailable' })
      await expect(store.put('b', streamed())).rejects.toMatchObject({ code: 'store-unavailable' })
      await expect(store.putIfAbsent('c', large)).rejects.toMatchObject({ code: 'store-unavailable' })
      await expect(store.putIfAbsent('d', streamed())).rejects.toMatchObject({ code: 'store-unavailable' })
      expect(await new S3ObjectStore(options).list('')).toEqual({ objects: [] })
    })

    it('knows its own creation again when the answer was lost', async () => {
      const options = await bucket()
      const endpoint = await through((_, connection) => (connection === 0 ? 'after' : undefined))
      const store = new S3ObjectStore({ ...options, endpoint })
      expect(await store.putIfAbsent('a', bytes('mine'))).toBe(true)
      expect(await store.putIfAbsent('a', bytes('yours'))).toBe(false)
      expect(Buffer.from(await store.get('a')).toString()).toBe('mine')
    })

    it('is not fooled where another writer was first and the answer was lost', async () => {
      const options = await bucket()
      await new S3ObjectStore(options).put('a', bytes('first'))
      const endpoint = await through((_, connection) => (connection === 0 ? 'after' : undefined))
      expect(await new S3ObjectStore({ ...options, endpoint }).putIfAbsent('a', bytes('mine'))).toBe(false)
    })

    it('clears up after writers that were killed', async () => {
      const options = await bucket()
      const store = new S3ObjectStore({ ...options, prefix: 'below' })
      const never = async function* () {
        yield new Uint8Array(12_000_000)
        await new Promise(() => undefined)
      }
      void store.put('a', never())
      for (let tries = 0; tries < 100; tries++) {
        if ((await store.removeStaleTemporaries(-60_000)) === 1) break
        expect(tries).toBeLessThan(99)
        await sleep(20)
      }
      expect(await store.removeStaleTemporaries(-60_000)).toBe(0)
      expect(await store.list('')).toEqual({ objects: [] })
    })
  })
})
