import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Agent, type Dispatcher, request } from 'undici'

/** What limits the fetching of images. */
export interface FetchLimits {
  /** Hosts, with a port where it is not 443. */
  readonly hosts: readonly string[]
  readonly maxBytes: number
  readonly timeoutMs: number
  /** Certificates that are trusted beside the usual ones. */
  readonly ca?: string
  /** Which addresses may be connected to; public ones by default. */
  readonly allowed?: (address: string) => boolean
  /** All addresses of a host name; as the system resolves it by default. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>
}

/** Why an image was not fetched, in words for the client. */
export class FetchRefused extends Error {}

const MAX_REDIRECTS = 3

/** Whether an address belongs to the public internet: no private, local, reserved or translated range. */
export const isPublicAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'

/** The URL, where scheme and host are allowed. @throws FetchRefused */
function checkUrl(text: string, base: URL | undefined, { hosts }: FetchLimits): URL {
  if (!URL.canParse(text, base?.href)) throw new FetchRefused('is not a URL')
  const url = new URL(text, base?.href)
  if (url.protocol !== 'https:') throw new FetchRefused('must begin with https://')
  if (url.username !== '' || url.password !== '') throw new FetchRefused('must hold no user name or password')
  if (hosts.some((host) => host.toLowerCase() === url.host)) return url
  throw new FetchRefused(`names the host "${url.host}", from which no images are fetched here`)
}

const resolveBySystem = (hostname: string) => lookup(hostname, { all: true })

/** What a promise comes to, unless the signal aborts before that. @throws the reason of `signal` */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** The one address that a connection goes to. @throws FetchRefused where it may not be connected to */
async function addressOf(
  hostname: string,
  { allowed = isPublicAddress, resolve = resolveBySystem }: FetchLimits,
  signal: AbortSignal,
): Promise<LookupAddress> {
  const literal = hostname.replace(/^\[|\]$/g, '')
  const found = isIP(literal)
    ? [{ address: literal, family: isIP(literal) }]
    : await unlessAborted(
        resolve(literal).catch(() => []),
        signal,
      )
  const [first] = found
  if (first === undefined) throw new FetchRefused(`names a host that cannot be found: "${hostname}"`)
  // One bad address among several is no accident.
  if (found.every(({ address }) => allowed(address))) return first
  throw new FetchRefused('leads to an address that is not public')
}

/** A connection to one address, whatever the name resolves to by then. */
function pinned({ address, family }: LookupAddress, { ca, timeoutMs }: FetchLimits): Agent {
  const lookup: LookupFunction = (_host, { all }, done) =>
    all ? done(null, [{ address, family }]) : done(null, address, family)
  return new Agent({
    connect: { lookup, timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) },
    pipelining: 0,
  })
}

async function readBody({ body, headers }: Dispatcher.ResponseData, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new FetchRefused(`leads to more than ${maxBytes} bytes`)
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += (chunk as Uint8Array).length
    if (length > maxBytes) throw tooLarge()
    chunks.push(chunk as Uint8Array)
  }
  return Buffer.concat(chunks, length)
}

/** One request: the bytes, or where it redirects to. */
async function fetchOnce(url: URL, limits: FetchLimits, signal: AbortSignal): Promise<Uint8Array | string> {
  const dispatcher = pinned(await addressOf(url.hostname, limits, signal), limits)
  try {
    const headers = { accept: 'image/*', 'accept-encoding': 'identity' }
    const answer = await request(url, { dispatcher, signal, headers })
    const { location } = answer.headers
    if (answer.statusCode >= 300 && answer.statusCode < 400 && typeof location === 'string') return location
    if (answer.statusCode === 200) return await readBody(answer, limits.maxBytes)
    throw new FetchRefused(`is answered with the status ${answer.statusCode}`)
  } finally {
    await dispatcher.destroy()
  }
}

/**
 * Fetches an image over https. Names are resolved once for each request, and the connection goes to that address;
 * redirects are checked as the first URL is.
 * @throws FetchRefused in words that follow "the URL"; the reason of `signal`
 */
export async function fetchImage(
  text: string,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const late = AbortSignal.timeout(limits.timeoutMs)
  const either = AbortSignal.any([late, signal])
  let url = checkUrl(text, undefined, limits)
  try {
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const answer = await fetchOnce(url, limits, either)
      if (typeof answer !== 'string') return answer
      url = checkUrl(answer, url, limits)
    }
  } catch (error) {
    if (error instanceof FetchRefused) throw error
    signal.throwIfAborted()
    if (late.aborted) throw new FetchRefused(`was not answered within ${limits.timeoutMs} ms`)
    throw new FetchRefused('cannot be fetched')
  }
  throw new FetchRefused(`redirects more than ${MAX_REDIRECTS} times`)
}
