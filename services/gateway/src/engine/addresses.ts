import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

/** One worker: what it is called, and the address to connect to where its name stands for several. */
export interface Address {
  readonly origin: string
  readonly address?: { readonly address: string; readonly family: number }
}

/** A name that stands for this machine has several addresses, but no more than one worker at its port. */
const isSingle = (host: string): boolean => host === 'localhost' || isIP(host.replace(/^\[|\]$/g, '')) !== 0

async function addressesOf(origin: string): Promise<Address[]> {
  const host = new URL(origin).hostname
  if (isSingle(host)) return [{ origin }]
  const found = await lookup(host, { all: true })
  return found.map((address) => ({ origin, address }))
}

/**
 * The workers that addresses stand for; a host name with several addresses (a headless service of Kubernetes, a scaled
 * service of Docker Compose) stands for a worker at each. A name that cannot be resolved now is left out.
 */
export async function resolveWorkers(origins: readonly string[]): Promise<Address[]> {
  const found = await Promise.allSettled(origins.map(addressesOf))
  return found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
}

export const addressKey = ({ origin, address }: Address): string => `${origin} ${address?.address ?? ''}`
