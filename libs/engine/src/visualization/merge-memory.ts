import { TopSamples } from '@crp-serve/crp'

/** What decides the size of a ranking. */
interface RankingSize {
  readonly channels: number
  readonly topK: number
}

/** Rankings in hand: those that are merged, and those of which the files are written at the same time. */
export interface RankingsAtOnce {
  readonly held: number
  readonly written: number
}

/** Rankings whose files are written at the same time, at most. */
const mostWritten = 8

/** Bytes of an entry in the files of a ranking: two integers of 64 bits, and a float. */
const fileBytes = 20

/** Bytes of an integer of 64 bits while it goes into a file. */
const wideBytes = 8

/** Bytes that rankings take with their files, and what merging adds to one of them. */
export function bytesInHand({ channels, topK }: RankingSize, { held, written }: RankingsAtOnce): number {
  const merged = TopSamples.mostBytes(channels, topK)
  return (held + 1) * merged + written * (fileBytes + wideBytes) * channels * topK
}

/** As many rankings as fit into some memory, one at least. Files get half of it at most, where that is enough for one. */
export function rankingsAtOnce(size: RankingSize, memoryBytes: number): RankingsAtOnce {
  const none = bytesInHand(size, { held: 0, written: 0 })
  const file = bytesInHand(size, { held: 0, written: 1 }) - none
  const written = Math.max(1, Math.min(mostWritten, Math.floor(memoryBytes / 2 / file)))
  const left = memoryBytes - bytesInHand(size, { held: 0, written })
  return { held: Math.max(1, Math.floor(left / none)), written }
}
