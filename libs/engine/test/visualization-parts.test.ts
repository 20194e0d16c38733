import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LayerMaxima } from '@crp-serve/crp'
import { FileSystemObjectStore } from '@crp-serve/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SampleSet } from '../src/index.ts'
import { bytesInHand, rankingsAtOnce } from '../src/visualization/merge-memory.ts'
import { type RowBatch, rowBatches } from '../src/visualization/row-batches.ts'
import { type BatchContext, sampledLayers } from '../src/visualization/run-batch.ts'
import { readMaxima, readShardIndex, shardsPrefix, writeShard } from '../src/visualization/shards.ts'
import { checkSkipped } from '../src/visualization/skipped.ts'

describe('batches of rows', () => {
  async function sizesOf(samples: number, most: number, labels: (index: number) => number[]) {
    const source = {
      set: { labels } as unknown as SampleSet,
      range: { from: 3, to: 3 + samples },
      targets: 'label' as const,
      readers: 2,
      load: async () => ({ sizes: [1], values: new Float32Array(1), picture: null }),
      most,
    }
    const batches: RowBatch[] = []
    for await (const batch of rowBatches(source)) batches.push(batch)
    return { rows: batches.map(({ rows }) => rows.length), done: batches.map(({ done }) => done) }
  }

  it('are about as large as each other, so that no small one is left', async () => {
    const one = () => [0]
    expect((await sizesOf(16, 5, one)).rows).toEqual([4, 4, 4, 4])
    expect((await sizesOf(17, 32, one)).rows).toEqual([17])
    expect((await sizesOf(7, 3, one)).rows).toEqual([3, 2, 2])
  })

  it('count a row for each target, and samples without any', async () => {
    const twoOrNone = (index: number) => (index % 2 === 0 ? [1, 2] : [])
    const { rows, done } = await sizesOf(8, 5, twoOrNone)
    expect(rows).toEqual([4, 4])
    expect(done.reduce((a, b) => a + b, 0)).toBe(8)
    expect((await sizesOf(4, 5, () => [])).done).toEqual([4])
  })
})

describe('what a row says of a layer', () => {
  const plan = {
    outputs: { scores: null, relevance: { layer: { values: 'v', neurons: 'n' } }, activation: {} },
  }
  const outputs = {
    v: { type: 'float32' as const, dims: [2, 3], data: Float32Array.of(9, 9, 9, 1, Number.NaN, -3) },
    n: { type: 'int32' as const, dims: [2, 3], data: Int32Array.of(9, 9, 9, 4, 5, 6) },
  }

  it.each([false, true])('has the first position where the sum is no number (normed: %s)', (absNorm) => {
    const context = { plan, absNorm } as unknown as BatchContext
    const row = { first: true } as Parameters<typeof sampledLayers>[0]
    const [sampled] = sampledLayers(row, 1, context, outputs)
    expect([...(sampled!.neurons as Int32Array)]).toEqual([4, 0, 6])
  })
})

describe('a shard in the object store', () => {
  let root: string
  let store: FileSystemObjectStore
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'shards-'))
    store = new FileSystemObjectStore(root)
  })
  afterAll(() => rm(root, { recursive: true }))

  const range = { from: 4, to: 6 }
  const maximaOf = (channels: number, scale = 1) => {
    const maxima = new LayerMaxima(channels, { topK: 5, statistics: true })
    const values = Array.from({ length: channels }, (_, i) => scale * Math.sin(i))
    maxima.offer(7, { sample: 4, values, neurons: values.map((_, i) => i) })
    maxima.offer(2, { sample: 5, values: values.toReversed(), neurons: values.map((_, i) => 2 * i) })
    return maxima.ranked()
  }
  const layers = new Map([3, 8].map((channels) => [`layer ${channels}`, maximaOf(channels)]))
  const shard = { maxima: { relevance: layers, activation: layers }, samples: 2, skipped: [] }

  it('is one object and an index, and gives back what was collected of each layer', async () => {
    const index = await readShardIndex(store, await writeShard(store, 'run', range, shard))
    expect((await store.list(shardsPrefix('run'))).objects).toHaveLength(2)
    expect(index).toMatchObject({ ...range, samples: 2, targets: { relevance: [2, 7], activation: [2, 7] } })
    for (const mode of ['relevance', 'activation'] as const) {
      for (const [layer, ranked] of layers) {
        expect(await readMaxima(store, index, mode, layer)).toEqual(ranked)
      }
    }
  })

  it('shows where it is damaged', async () => {
    const index = await readShardIndex(store, await writeShard(store, 'damaged', range, shard))
    const bytes = Uint8Array.from(await store.get(index.object))
    bytes[index.maxima.activation!['layer 8']!.start + 100]! ^= 1
    await store.put(index.object, bytes)
    await expect(readMaxima(store, index, 'activation', 'layer 8')).rejects.toMatchObject({
      code: 'internal',
    })
    expect(await readMaxima(store, index, 'relevance', 'layer 8')).toEqual(layers.get('layer 8'))
  })

  it('of two workers that differ in the last digits keep apart, whoever writes last', async () => {
    const other = new Map([...layers.keys()].map((layer) => [layer, maximaOf(3, 1 + 2 ** -20)]))
    const key = await writeShard(store, 'twice', range, shard)
    const first = await readShardIndex(store, key)
    expect(await writeShard(store, 'twice', range, { ...shard, maxima: { relevance: other } })).toBe(key)
    const second = await readShardIndex(store, key)
    for (const [layer, ranked] of layers) {
      expect(await readMaxima(store, first, 'relevance', layer)).toEqual(ranked)
      expect(await readMaxima(store, second, 'relevance', layer)).toEqual(other.get(layer))
    }
  })

  it('is refused where another version of the service has written it', async () => {
    const before = { ...range, samples: 2, skipped: [], targets: {}, maxima: { relevance: { first: 'ab' } } }
    await store.put('before.json', Buffer.from(JSON.stringify(before)))
    await expect(readShardIndex(store, 'before.json')).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('before.json was collected by another version'),
    })
  })
})

describe('samples that may be skipped', () => {
  it('are as many as the share says, to the last one', () => {
    const skipped = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ index, code: 'image-truncated', detail: 'ends early' }))
    const faults: string[] = []
    for (let percent = 0; percent < 100; percent++) {
      const task = { range: [5, 105] as const, max_skipped: percent / 100 }
      const takes = (count: number) => {
        try {
          checkSkipped(skipped(count), task)
          return true
        } catch {
          return false
        }
      }
      if (!takes(percent) || takes(percent + 1)) faults.push(`${percent} of 100`)
    }
    expect(faults).toEqual([])
  })
})

describe('rankings that merging holds', () => {
  it('with their files take no more than they may, unless one alone does', () => {
    for (const channels of [8, 512, 2048])
      for (const topK of [1, 40, 1000, 10_000])
        for (const memoryBytes of [1, 2 ** 24, 2 ** 28]) {
          const ranking = { channels, topK }
          const { held, written } = rankingsAtOnce(ranking, memoryBytes)
          const most = Math.max(memoryBytes, bytesInHand(ranking, { held: 1, written: 1 }))
          expect(bytesInHand(ranking, { held, written })).toBeLessThanOrEqual(most)
          if (held > 1) expect(bytesInHand(ranking, { held: held + 1, written })).toBeGreaterThan(memoryBytes)
        }
    expect(rankingsAtOnce({ channels: 512, topK: 40 }, 2 ** 27).written).toBe(8)
  })
})
