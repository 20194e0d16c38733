import type { RankedSamples } from '@crp-serve/crp'
import { writeNpy } from '@crp-serve/storage'
import { type RankingPart, rankingParts } from './layout.ts'

/** A file of a run, with its path in the run's folder. */
export type RunFile = readonly [path: string, bytes: Uint8Array]

/** With the path of each of its arrays. */
export type Ranking = readonly [ranked: RankedSamples, path: (part: RankingPart) => string]

function arrayOf(
  { ranks, channels, values, samples, neurons }: RankedSamples,
  part: RankingPart,
): Uint8Array {
  const shape = [ranks, channels]
  if (part === 'rel') return writeNpy({ shape, data: values })
  return writeNpy({ shape, data: asInt64(part === 'data' ? samples : neurons) })
}

/** 32-bit integers as 64-bit ones, without a BigInt for each. The machine is little-endian (libs/storage). */
function asInt64(values: Int32Array): BigInt64Array {
  const wide = new BigInt64Array(values.length)
  const halves = new Int32Array(wide.buffer)
  for (let i = 0; i < values.length; i++) {
    halves[2 * i] = values[i]!
    halves[2 * i + 1] = values[i]! >> 31
  }
  return wide
}

/** The files of a ranking. */
export const filesOf = ([ranked, path]: Ranking): RunFile[] =>
  rankingParts.map((part) => [path(part), arrayOf(ranked, part)])
