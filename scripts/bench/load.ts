import { Pool } from 'undici'

/** What a client saw of a service under load. */
export interface LoadResult {
  readonly concurrency: number
  readonly requests: number
  readonly per_second: number
  readonly p50_ms: number
  readonly p95_ms: number
  readonly p99_ms: number
  /** Mean of what `timings.batch` told. */
  readonly mean_batch: number
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!

const rounded = (value: number): number => Math.round(value * 100) / 100

/**
 * Sends requests, a new one as soon as one is answered, for some time.
 * @param send sends request number i and resolves with the batch that it was computed in
 */
export async function underLoad(
  concurrency: number,
  seconds: number,
  send: (i: number) => Promise<number>,
): Promise<LoadResult> {
  const latencies: number[] = []
  let batches = 0
  let next = 0
  const began = performance.now()
  const end = began + 1000 * seconds
  const client = async () => {
    while (performance.now() < end) {
      const start = performance.now()
      const batch = await send(next++)
      batches += batch
      latencies.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, client))
  const elapsed = (performance.now() - began) / 1000
  latencies.sort((a, b) => a - b)
  return {
    concurrency,
    requests: latencies.length,
    per_second: rounded(latencies.length / elapsed),
    p50_ms: rounded(at(latencies, 0.5)),
    p95_ms: rounded(at(latencies, 0.95)),
    p99_ms: rounded(at(latencies, 0.99)),
    mean_batch: rounded(batches / latencies.length),
  }
}

/** A client of one origin with as many connections as it has requests at once. */
export function httpClient(origin: string) {
  const pool = new Pool(origin, { connections: 64, headersTimeout: 0, bodyTimeout: 0 })
  return {
    async post(path: string, body: string | Uint8Array): Promise<unknown> {
      const headers = { 'content-type': 'application/json' }
      const answer = await pool.request({ method: 'POST', path, headers, body })
      const text = await answer.body.text()
      if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${text.slice(0, 300)}`)
      return JSON.parse(text)
    },
    async get(path: string): Promise<void> {
      const answer = await pool.request({ method: 'GET', path })
      await answer.body.dump()
      if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`)
    },
    close: () => pool.close(),
  }
}
