import { createHash } from 'node:crypto'
import {
  decodeEnvelope,
  encodeEnvelope,
  ProblemError,
  type ReferenceMode,
  type SkippedSample,
} from '@crp-serve/contracts'
import type { RankedMaxima, RankedSamples } from '@crp-serve/crp'
import { keySegment, type ObjectStore } from '@crp-serve/storage'
import type { CollectedShard } from './collect.ts'
import type { SampleRange } from './sample-set.ts'

/** What was collected of a range, as its index in the object store has it. */
export interface ShardIndex extends SampleRange {
  readonly samples: number
  readonly skipped: readonly SkippedSample[]
  /** By mode the classes that have maxima of their own, ascending. */
  readonly targets: Readonly<Partial<Record<ReferenceMode, readonly number[]>>>
  /** By mode and layer the SHA-256 of the object with the maxima, which is its name. */
  readonly maxima: Readonly<Partial<Record<ReferenceMode, Readonly<Record<string, string>>>>>
}

/** The folder of what a job needs only until its shards are merged. */
export const shardsPrefix = (id: string): string => `jobs/${keySegment(id)}/shards/`

/** The index of a range; it is written last, so that a range with an index is done. */
export const shardKey = (id: string, { from, to }: SampleRange): string =>
  `${shardsPrefix(id)}${from}-${to}.json`

const objectKey = (id: string, sha256: string): string => `${shardsPrefix(id)}${sha256}`

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

interface Packed {
  readonly ranks: number
  readonly channels: number
  readonly values: Uint8Array
  readonly samples: Uint8Array
  readonly neurons: Uint8Array
}

const packed = ({ ranks, channels, values, samples, neurons }: RankedSamples): Packed => ({
  ranks,
  channels,
  values: bytesOf(values),
  samples: bytesOf(samples),
  neurons: bytesOf(neurons),
})

/** Copies where the bytes are not aligned. */
const aligned = (bytes: Uint8Array): readonly [ArrayBufferLike, number, number] => {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes)
  return [buffer, byteOffset, byteLength / 4]
}

const unpacked = ({ ranks, channels, values, samples, neurons }: Packed): RankedSamples => ({
  ranks,
  channels,
  values: new Float32Array(...aligned(values)),
  samples: new Int32Array(...aligned(samples)),
  neurons: new Int32Array(...aligned(neurons)),
})

const encode = ({ all, byTarget }: RankedMaxima): Uint8Array =>
  Buffer.concat(
    encodeEnvelope({
      all: packed(all),
      byTarget: [...byTarget].map(([target, ranked]) => [target, packed(ranked)]),
    }),
  )

function decode(bytes: Uint8Array): RankedMaxima {
  const { all, byTarget } = decodeEnvelope(bytes) as { all: Packed; byTarget: [number, Packed][] }
  return {
    all: unpacked(all),
    byTarget: new Map(byTarget.map(([target, ranked]) => [target, unpacked(ranked)])),
  }
}

async function putMaxima(store: ObjectStore, id: string, maxima: RankedMaxima): Promise<string> {
  const bytes = encode(maxima)
  const sha256 = hashOf(bytes)
  await store.put(objectKey(id, sha256), bytes)
  return sha256
}

/**
 * Puts what was collected of a range into the store: objects under the hash of their content, then the index.
 * @returns key of the index
 */
export async function writeShard(
  store: ObjectStore,
  id: string,
  range: SampleRange,
  { maxima, samples, skipped }: CollectedShard,
): Promise<string> {
  const targets: Partial<Record<ReferenceMode, readonly number[]>> = {}
  const objects: Partial<Record<ReferenceMode, Record<string, string>>> = {}
  for (const [mode, layers] of Object.entries(maxima) as [
    ReferenceMode,
    ReadonlyMap<string, RankedMaxima>,
  ][]) {
    const hashes: Record<string, string> = {}
    for (const [layer, ranked] of layers) hashes[layer] = await putMaxima(store, id, ranked)
    objects[mode] = hashes
    const [first] = layers.values()
    targets[mode] = [...(first?.byTarget.keys() ?? [])]
  }
  const index: ShardIndex = { ...range, samples, skipped, targets, maxima: objects }
  const key = shardKey(id, range)
  await store.put(key, Buffer.from(JSON.stringify(index)))
  return key
}

/** The index of a shard. Throws `object-not-found` where there is none. */
export const readShardIndex = async (store: ObjectStore, key: string): Promise<ShardIndex> =>
  JSON.parse(Buffer.from(await store.get(key)).toString()) as ShardIndex

/**
 * The maxima of one layer of a shard.
 * @throws ProblemError `internal` where the object is not what was written; `object-not-found`
 */
export async function readMaxima(
  store: ObjectStore,
  id: string,
  { maxima }: ShardIndex,
  mode: ReferenceMode,
  layer: string,
): Promise<RankedMaxima> {
  const sha256 = maxima[mode]![layer]!
  const bytes = await store.get(objectKey(id, sha256))
  if (hashOf(bytes) !== sha256) {
    throw new ProblemError('internal', `The object ${objectKey(id, sha256)} of the store is damaged.`)
  }
  return decode(bytes)
}
