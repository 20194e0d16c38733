import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FetchLimits, FetchRefused, fetchImage, isPublicAddress } from '../src/images/fetch.ts'

// Two hosts of the loopback network stand for a public address and for one inside.
const PUBLIC = '127.0.0.1'
const INSIDE = '127.0.0.2'

const fixture = (name: string) =>
  readFileSync(new URL(`fixtures/localhost-${name}.pem`, import.meta.url), 'utf8')
const ca = fixture('cert')

const servers: Server[] = []
let port: number
/** Addresses that requests came to. */
const reached: string[] = []
/** Names that were looked up. */
const asked: string[] = []

async function serve(address: string, at: number): Promise<number> {
  const server = createServer({ key: fixture('key'), cert: ca }, (request, response) => {
    reached.push(address)
    const [, to] = request.url!.split('/to/')
    if (to === undefined) response.end(`from ${address}`)
    else response.writeHead(302, { location: decodeURIComponent(to) }).end()
  }).listen(at, address)
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  port = await serve(PUBLIC, 0)
  await serve(INSIDE, port)
})
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})
beforeEach(() => {
  reached.length = 0
  asked.length = 0
})

const found = (address: string): LookupAddress => ({ address, family: isIP(address) })

/** A resolver that gives these answers, one for each lookup; the last one over and over. */
function answering(...answers: readonly (readonly string[])[]): NonNullable<FetchLimits['resolve']> {
  const left = [...answers]
  return async (hostname) => {
    asked.push(hostname)
    return (left.length > 1 ? left.shift()! : left[0]!).map(found)
  }
}

const never = new AbortController().signal

/** What the URL of a path on `localhost` brings. */
async function get(path: string, limits: Partial<FetchLimits>, signal = never): Promise<string> {
  const all: FetchLimits = {
    hosts: [`localhost:${port}`],
    maxBytes: 64,
    timeoutMs: 5000,
    ca,
    allowed: (address) => address === PUBLIC,
    ...limits,
  }
  return Buffer.from(await fetchImage(`https://localhost:${port}/${path}`, all, signal)).toString()
}

const redirect = (url: string) => `to/${encodeURIComponent(url)}`

describe('a host name with several addresses', () => {
  it.each([
    ['the first is inside', [INSIDE, PUBLIC]],
    ['the last is inside', [PUBLIC, INSIDE]],
    ['one is the local host of IPv6', [PUBLIC, '::1']],
    ['one is an address inside, translated to IPv6', [PUBLIC, `::ffff:${INSIDE}`]],
  ])('is refused where %s, and nothing is connected to', async (_what, addresses) => {
    await expect(get('cat', { resolve: answering(addresses) })).rejects.toThrow('not public')
    expect(reached).toEqual([])
  })

  it.each([
    ['private', ['93.184.216.34', '10.0.0.1']],
    ['loopback', ['93.184.216.34', PUBLIC]],
    ['link-local', ['2606:4700::1111', '169.254.169.254']],
    ['unique local', ['2606:4700::1111', 'fd00::1']],
  ])('is refused by default where one is %s', async (_what, addresses) => {
    const limits = { allowed: isPublicAddress, resolve: answering(addresses) }
    await expect(get('cat', limits)).rejects.toThrow('not public')
    expect(reached).toEqual([])
  })

  it('is connected to at the first, where all are allowed', async () => {
    const allowed = () => true
    expect(await get('cat', { allowed, resolve: answering([PUBLIC, INSIDE]) })).toBe(`from ${PUBLIC}`)
    expect(await get('cat', { allowed, resolve: answering([INSIDE, PUBLIC]) })).toBe(`from ${INSIDE}`)
    expect(reached).toEqual([PUBLIC, INSIDE])
  })

  it('is not tried at the others, where the first does not answer', async () => {
    const limits = { allowed: () => true, resolve: answering(['127.0.0.3', PUBLIC]) }
    await expect(get('cat', limits)).rejects.toThrow('cannot be fetched')
    expect(reached).toEqual([])
  })

  it('is refused where there is none, or none can be found', async () => {
    await expect(get('cat', { resolve: answering([]) })).rejects.toThrow('cannot be found: "localhost"')
    const resolve = async () => Promise.reject(new Error('SERVFAIL'))
    await expect(get('cat', { resolve })).rejects.toThrow('cannot be found: "localhost"')
  })
})

describe('a name that changes its address', () => {
  it('is looked up once for a request, and the connection goes to what was checked', async () => {
    expect(await get('cat', { resolve: answering([PUBLIC], [INSIDE]) })).toBe(`from ${PUBLIC}`)
    expect(asked).toEqual(['localhost'])
    expect(reached).toEqual([PUBLIC])
  })

  it('is checked anew for a redirect to itself', async () => {
    const path = redirect(`https://localhost:${port}/cat`)
    await expect(get(path, { resolve: answering([PUBLIC], [INSIDE]) })).rejects.toThrow('not public')
    expect(asked).toEqual(['localhost', 'localhost'])
    expect(reached).toEqual([PUBLIC])
  })
})

describe('a redirect to another host', () => {
  it('is refused where that leads inside, by its name or its address', async () => {
    for (const inner of ['inner.test', INSIDE]) {
      reached.length = 0
      const hosts = [`localhost:${port}`, `${inner}:${port}`]
      const limits = { hosts, resolve: answering([PUBLIC], [INSIDE]) }
      await expect(get(redirect(`https://${inner}:${port}/cat`), limits)).rejects.toThrow('not public')
      expect(reached).toEqual([PUBLIC])
    }
    expect(asked).toEqual(['localhost', 'inner.test', 'localhost'])
  })

  it('is refused where that is not listed, and its name is not even looked up', async () => {
    const path = redirect(`https://inner.test:${port}/cat`)
    await expect(get(path, { resolve: answering([PUBLIC]) })).rejects.toThrow('names the host "inner.test:')
    expect(asked).toEqual(['localhost'])
  })
})

describe('a lookup that does not end', () => {
  const resolve = () => new Promise<never>(() => undefined)

  it('counts for the time that an image may take', async () => {
    await expect(get('cat', { resolve, timeoutMs: 100 })).rejects.toThrow('not answered within 100 ms')
  })

  it('is given up with the request', async () => {
    const gone = new AbortController()
    const image = get('cat', { resolve }, gone.signal)
    gone.abort(new Error('the client has gone'))
    await expect(image).rejects.toThrow('the client has gone')
    await expect(get('cat', { resolve }, gone.signal)).rejects.not.toBeInstanceOf(FetchRefused)
  })
})
