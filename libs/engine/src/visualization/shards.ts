import { createHash, randomUUID } from 'node:crypto'
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
import { getIfPresent } from './runs.ts'
import type { SampleRange } from './sample-set.ts'

/** Where the maxima of a layer lie in the object of a shard. */
export interface Section {
  readonly start: number
  /** Bytes. */
  readonly length: number
  readonly sha256: string
}

/** What was collected of a range, as its index in the object store has it. */
export interface ShardIndex extends SampleRange {
  readonly samples: number
  readonly skipped: readonly SkippedSample[]
  /** By mode the classes that have maxima of their own, ascending. */
  readonly targets: Readonly<Partial<Record<ReferenceMode, readonly number[]>>>
  /** Key of the object with the maxima of all layers, one after the other. */
  readonly object: string
  /** By mode and layer. */
  readonly maxima: Readonly<Partial<Record<ReferenceMode, Readonly<Record<string, Section>>>>>
}

/** The folder of what a job needs only until its shards are merged. */
export const shardsPrefix = (id: string): string => `jobs/${keySegment(id)}/shards/`

const rangeName = ({ from, to }: SampleRange): string => `${from}-${to}`

/** The index of a range; it is written last, so that a range with an index is done. */
export const shardKey = (id: string, range: SampleRange): string =>
  `${shardsPrefix(id)}${rangeName(range)}.json`

/**
 * A key for the maxima of a range that no other writer has. Two workers may collect a range, one of them because the other was taken
 * for dead; what they find may differ in the last digits, and the index of one must not meet the maxima of the other.
 */
const maximaKey = (id: string, range: SampleRange): string =>
  `${shardsPrefix(id)}${rangeName(range)}-${randomUUID()}.maxima`

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

type Sections = Partial<Record<ReferenceMode, Record<string, Section>>>

/** The maxima layer by layer; `sections` is told where each lies. */
async function* encoded(maxima: CollectedShard['maxima'], sections: Sections): AsyncGenerator<Uint8Array> {
  let start = 0
  for (const [mode, layers] of Object.entries(maxima) as [
    ReferenceMode,
    ReadonlyMap<string, RankedMaxima>,
  ][]) {
    const own: Record<string, Section> = {}
    sections[mode] = own
    for (const [layer, ranked] of layers) {
      const bytes = encode(ranked)
      own[layer] = { start, length: bytes.length, sha256: hashOf(bytes) }
      start += bytes.length
      yield bytes
    }
  }
}

const targetsOf = (layers: ReadonlyMap<string, RankedMaxima>): number[] => {
  const [first] = layers.values()
  return [...(first?.byTarget.keys() ?? [])]
}

/**
 * Puts what was collected of a range into the store: the maxima as one object, then the index.
 * @returns key of the index
 */
export async function writeShard(
  store: ObjectStore,
  id: string,
  range: SampleRange,
  { maxima, samples, skipped }: CollectedShard,
): Promise<string> {
  const sections: Sections = {}
  const object = maximaKey(id, range)
  await store.put(object, encoded(maxima, sections))
  const targets = Object.fromEntries(
    Object.entries(maxima).map(([mode, layers]) => [mode, targetsOf(layers)]),
  )
  const index: ShardIndex = { ...range, samples, skipped, targets, object, maxima: sections }
  const key = shardKey(id, range)
  await store.put(key, Buffer.from(JSON.stringify(index)))
  return key
}

const isOfThisVersion = ({ object }: Partial<ShardIndex>): boolean => object !== undefined

const parsed = (bytes: Uint8Array): ShardIndex => JSON.parse(Buffer.from(bytes).toString()) as ShardIndex

/**
 * The index of a shard.
 * @throws ProblemError `internal` where another version of the service has written it; `object-not-found`
 */
export async function readShardIndex(store: ObjectStore, key: string): Promise<ShardIndex> {
  const index = parsed(await store.get(key))
  if (isOfThisVersion(index)) return index
  const advice = 'was collected by another version of the service; submit the job again'
  throw new ProblemError('internal', `The shard ${key} ${advice}.`)
}

/** Whether a range was collected, so that it can be merged. */
export async function isCollected(store: ObjectStore, key: string): Promise<boolean> {
  const bytes = await getIfPresent(store, key)
  return bytes !== null && isOfThisVersion(parsed(bytes))
}

/**
 * The maxima of one layer of a shard.
 * @throws ProblemError `internal` where the object is not what was written; `object-not-found`
 */
export async function readMaxima(
  store: ObjectStore,
  { object, maxima }: ShardIndex,
  mode: ReferenceMode,
  layer: string,
): Promise<RankedMaxima> {
  const { start, length, sha256 } = maxima[mode]![layer]!
  const bytes = await store.range(object, start, length)
  if (hashOf(bytes) !== sha256)
    throw new ProblemError('internal', `The object ${object} of the store is damaged.`)
  return decode(bytes)
}
