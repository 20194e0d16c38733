import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { AttributionTask } from '@crp-serve/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPublicAddress } from '../src/images/fetch.ts'
import { gateway, minimal, told } from './app.ts'
import { attributionAnswer, startWorker, type TestWorker } from './worker.ts'

// A certificate for localhost that nobody trusts but these tests.
const fixture = (name: string) =>
  readFileSync(new URL(`fixtures/localhost-${name}.pem`, import.meta.url), 'utf8')
const ca = fixture('cert')

let worker: TestWorker
let server: Server
let host: string
const tasks: AttributionTask[] = []
const seen: string[] = []

beforeAll(async () => {
  worker = await startWorker({
    attribute: async (task) => {
      tasks.push(task)
      return attributionAnswer(task)
    },
  })
  server = createServer({ key: fixture('key'), cert: ca }, (request, response) => {
    seen.push(request.url!)
    const [, kind, rest] = request.url!.split('/')
    if (kind === 'to') response.writeHead(302, { location: decodeURIComponent(rest!) }).end()
    else if (kind === 'large') response.end(Buffer.alloc(65))
    else if (kind === 'endless') for (let i = 0; i < 100; i++) response.write(Buffer.alloc(10))
    else if (kind === 'cat') response.end('a cat')
    else if (kind !== 'never') response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  host = `localhost:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await worker.app.close()
})

/** A gateway that may fetch from the server of these tests, which is not public. */
const open = (change: object = {}) =>
  gateway(worker.url, {
    imageHosts: [host],
    imageFetch: { ca, allowed: (address) => address === '127.0.0.1' || address === '::1', ...change },
  })

async function explain(url: unknown, app = open()) {
  const inputs = [minimal.inputs[0], { image: { url } }]
  const response = await app.inject({
    method: 'POST',
    url: '/v1/attributions',
    payload: { ...minimal, inputs },
  })
  await app.close()
  return response
}

const refused = '422 image-url-refused /inputs/1/image/url'

describe('an image by URL', () => {
  it('is fetched where its host is listed', async () => {
    for (const path of ['cat', `to/${encodeURIComponent('/cat')}`]) {
      const response = await explain(`https://${host}/${path}`)
      expect(response.statusCode, response.body).toBe(200)
      const { image } = tasks.at(-1)!.inputs[1] as { image: Uint8Array }
      expect(Buffer.from(image).toString()).toBe('a cat')
    }
  })

  it('is refused where none is listed, and nothing is connected to', async () => {
    seen.length = 0
    expect(told(await explain(`https://${host}/cat`, gateway(worker.url)))).toBe(refused)
    expect(seen).toEqual([])
  })

  it('is refused where its address is not public, whatever its name', async () => {
    seen.length = 0
    const app = gateway(worker.url, { imageHosts: [host], imageFetch: { ca } })
    const response = await explain(`https://${host}/cat`, app)
    expect(told(response)).toBe(refused)
    expect(response.json().detail).toContain('not public')
    expect(seen).toEqual([])
  })

  it.each([
    ['another host', () => 'https://example.org/cat', 'names the host "example.org"'],
    [
      'the same host by its address',
      () => `https://${host.replace('localhost', '127.0.0.1')}/cat`,
      'names the host',
    ],
    ['http', () => `http://${host}/cat`, 'https://'],
    ['a file', () => 'file:///etc/passwd', 'https://'],
    ['a password', () => `https://a:b@${host}/cat`, 'password'],
    ['no URL', () => 'cat.jpg', 'is not a URL'],
    [
      'a redirect to another host',
      () => `https://${host}/to/${encodeURIComponent('https://169.254.169.254/')}`,
      'names the host "169.254.169.254"',
    ],
    [
      'a redirect to http',
      () => `https://${host}/to/${encodeURIComponent(`http://${host}/cat`)}`,
      'https://',
    ],
    ['something that is not there', () => `https://${host}/none`, 'status 404'],
    ['a file that is too large', () => `https://${host}/large`, 'more than 64 bytes'],
    ['a file without end', () => `https://${host}/endless`, 'more than 64 bytes'],
  ])('is refused for %s', async (_what, url, detail) => {
    const response = await explain(url())
    expect(told(response)).toBe(refused)
    expect(response.json().detail).toContain(detail)
  })

  it('is refused after too many redirects, and when it takes too long', async () => {
    let url = `https://${host}/cat`
    for (let i = 0; i < 4; i++) url = `https://${host}/to/${encodeURIComponent(url)}`
    expect((await explain(url)).json().detail).toContain('redirects more than 3 times')
    const slow = await explain(`https://${host}/never`, open({ timeoutMs: 200 }))
    expect(slow.json().detail).toContain('within 200 ms')
  })

  it('is given up when the request is late', async () => {
    const url = `https://${host}/never`
    const inputs = [{ image: { url } }]
    const app = open()
    const headers = { 'request-timeout': '200ms' }
    const response = await app.inject({
      method: 'POST',
      url: '/v1/attributions',
      payload: { ...minimal, inputs },
      headers,
    })
    expect(told(response)).toBe('504 deadline-exceeded')
    await app.close()
  })

  it('is refused where the certificate is not trusted', async () => {
    const app = gateway(worker.url, { imageHosts: [host], imageFetch: { allowed: () => true } })
    expect((await explain(`https://${host}/cat`, app)).json().detail).toContain('cannot be fetched')
  })

  it('must be a text', async () => {
    expect(told(await explain(5))).toContain('422 validation-failed')
  })
})

it('addresses are public or not', () => {
  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '224.0.0.1',
    'nonsense',
  ]
  expect(inside.filter(isPublicAddress)).toEqual([])
  expect(['93.184.216.34', '2606:4700::1111', '::ffff:93.184.216.34'].every(isPublicAddress)).toBe(true)
})
