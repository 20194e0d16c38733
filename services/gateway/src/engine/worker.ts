import type { LookupFunction } from 'node:net'
import { internalRoutes } from '@crp-serve/contracts'
import { type Dispatcher, Pool } from 'undici'
import type { Address } from './addresses.ts'

export type Answer = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>

const connectTimeoutMs = 5000
const probeTimeoutMs = 2000

/** How long a worker is left alone that did not answer: doubled from the first to the longest. */
const ejection = { firstMs: 500, longestMs: 10_000 } as const

/** Connects to one address of a name that has several; the name itself stays in the Host header and in TLS. */
const pinned =
  ({ address, family }: NonNullable<Address['address']>): LookupFunction =>
  (_host, options, done) => {
    if (options.all) done(null, [{ address, family }])
    else done(null, address, family)
  }

/** One attribution worker as a gateway sees it. */
export class Worker {
  readonly address: Address
  /** Requests that it has not answered yet. */
  inFlight = 0
  readonly #pool: Pool
  #saysReady = true
  #failures = 0
  #leftAloneUntil = 0

  constructor(address: Address) {
    this.address = address
    const lookup = address.address ? { lookup: pinned(address.address) } : {}
    // Deadlines come with every call. There are as many connections as requests: who waits for whom is the worker's to say.
    this.#pool = new Pool(address.origin, {
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: connectTimeoutMs, ...lookup },
    })
  }

  /** Whether there is no reason to believe that it does not answer. */
  get isHealthy(): boolean {
    return this.#saysReady && performance.now() >= this.#leftAloneUntil
  }

  /** Sends a request; it is in flight until the body of its answer has been read or dropped. */
  async send(options: Dispatcher.RequestOptions): Promise<Answer> {
    this.inFlight += 1
    const done = () => {
      this.inFlight -= 1
    }
    try {
      const answer = await this.#pool.request(options)
      this.#failures = 0
      answer.body.once('close', done)
      return answer
    } catch (error) {
      done()
      if (!options.signal || !(options.signal as AbortSignal).aborted) this.#eject()
      throw error
    }
  }

  /** It said that it takes no more requests; the next probe may find otherwise. */
  retire(): void {
    this.#saysReady = false
  }

  /** Asks whether it is ready, and remembers the answer. */
  async probe(): Promise<boolean> {
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'GET',
        path: internalRoutes.ready,
        signal: AbortSignal.timeout(probeTimeoutMs),
      })
      await body.dump()
      this.#saysReady = statusCode === 200
      if (this.#saysReady) this.#leftAloneUntil = 0
    } catch {
      this.#saysReady = false
    }
    return this.#saysReady
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  #eject(): void {
    const pause = Math.min(ejection.longestMs, ejection.firstMs * 2 ** this.#failures)
    this.#failures += 1
    this.#leftAloneUntil = performance.now() + pause
  }
}
