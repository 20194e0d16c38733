import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jobRequestKey, jobResultKey } from '@crp-serve/contracts'
import { FileSystemObjectStore } from '@crp-serve/storage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sweep } from '../src/sweep.ts'

const day = 24 * 3_600_000
const now = Date.parse('2026-11-20T12:00:00Z')

let store: FileSystemObjectStore
beforeEach(async () => {
  store = new FileSystemObjectStore(await mkdtemp(join(tmpdir(), 'crp-sweep-')))
})
afterEach(() => rm(store.root, { recursive: true, force: true }))

/** Puts an object that was written some days ago. */
async function put(key: string, daysAgo: number): Promise<string> {
  await store.put(key, Buffer.from(key))
  const at = new Date(now - daysAgo * day)
  await utimes(store.localPath(key), at, at)
  return key
}

const keys = async (): Promise<string[]> => (await store.list('')).objects.map(({ key }) => key)

const sweepAll = (known: readonly string[], ageMs = 7 * day): Promise<void> =>
  sweep({ store, knows: async (id) => known.includes(id), ageMs }, now)

describe('sweeping', () => {
  it('removes keys that are older than finished jobs may be', async () => {
    const kept = await put('idempotency-keys/young', 6)
    await put('idempotency-keys/old', 8)
    await sweepAll([])
    expect(await keys()).toEqual([kept])
  })

  it('removes what jobs that are in no queue have left, once all of it is old', async () => {
    await put(jobRequestKey('never-submitted', '0'.repeat(64)), 8)
    await put('jobs/crashed/shards/0-16.json', 9)
    await put('jobs/crashed/manifest.json', 8)
    const kept = [
      await put('jobs/at-work/shards/0-16.json', 1),
      await put(jobRequestKey('at-work', '1'.repeat(64)), 30),
      await put(jobRequestKey('known', '2'.repeat(64)), 30),
      await put(jobResultKey('known'), 30),
      await put('models/jobs', 30),
    ]
    await sweepAll(['known'])
    expect(await keys()).toEqual(kept.toSorted())
  })

  it('leaves what may just be written, however short jobs are kept', async () => {
    const kept = [await put('idempotency-keys/k', 0.03), await put(jobResultKey('j'), 0.03)]
    await put('idempotency-keys/o', 0.05)
    await put(jobResultKey('o'), 0.05)
    await sweepAll([], 0)
    expect(await keys()).toEqual(kept)
  })
})
