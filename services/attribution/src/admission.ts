import { ProblemError } from '@crp-serve/contracts'

/** How much a worker takes on. */
export interface AdmissionLimits {
  /** Requests that it works on or keeps waiting. */
  readonly requests: number
  /** Bytes of their bodies together. */
  readonly bytes: number
}

/** Seconds after which a refused client may come back, at the least and at the most. */
const pause = { shortest: 1, longest: 30 } as const

/** Weight of the latest request in the typical time. */
const weight = 0.1

/**
 * Bounds what a worker takes on, in requests and in bytes. A tenant may have as many requests as there is room left for
 * others (dynamic thresholds, Choudhury and Hahne 1998): alone it gets half of the room, two of them a third each, and
 * whoever comes next always finds some.
 */
export class Admission {
  readonly #limits: AdmissionLimits
  readonly #byTenant = new Map<string, number>()
  #requests = 0
  #bytes = 0
  /** Milliseconds that a request typically takes, waiting included. */
  #typicalMs = 0

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
  }

  /** Requests that were admitted and are not done. */
  get requests(): number {
    return this.#requests
  }

  /**
   * Admits a request.
   * @param bytes of its body
   * @returns to be called once when it is done
   * @throws ProblemError `too-many-requests` where the tenant has its share, `overloaded` where there is no room for anyone
   */
  admit(tenant: string, bytes: number): () => void {
    const own = this.#byTenant.get(tenant) ?? 0
    const free = this.#limits.requests - this.#requests
    const isFull = free <= 0 || (this.#requests > 0 && this.#bytes + bytes > this.#limits.bytes)
    if (isFull) throw this.#refusal('overloaded', `${this.#requests} requests are waiting already.`)
    if (own > 0 && own >= free)
      throw this.#refusal('too-many-requests', `${own} requests of this client are waiting already.`)
    this.#byTenant.set(tenant, own + 1)
    this.#requests += 1
    this.#bytes += bytes
    const began = performance.now()
    return () => this.#release(tenant, bytes, performance.now() - began)
  }

  #release(tenant: string, bytes: number, tookMs: number): void {
    const left = this.#byTenant.get(tenant)! - 1
    if (left > 0) this.#byTenant.set(tenant, left)
    else this.#byTenant.delete(tenant)
    this.#requests -= 1
    this.#bytes -= bytes
    this.#typicalMs += weight * (tookMs - this.#typicalMs)
  }

  #refusal(code: 'overloaded' | 'too-many-requests', detail: string): ProblemError {
    const seconds = Math.ceil(this.#typicalMs / 1000)
    const retryAfter = Math.max(pause.shortest, Math.min(pause.longest, seconds))
    return new ProblemError(code, detail, { retryAfter })
  }
}
