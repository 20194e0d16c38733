import type fc from 'fast-check'
import type { RandomLayer } from '../reference/arbitraries.ts'
import {
  type CompiledRun,
  feedsOf,
  type RowFeeds,
  type RowInputs,
  type Rows,
  rowsAt,
} from './compiled-run.ts'
import type { Fetched } from './engine-session.ts'
import { givenStart, type Trial, trials } from './layer-trial.ts'
import { refusal } from './refusals.ts'

/** Trials of the layers that can be explained. */
export const explainableTrials = (layers: fc.Arbitrary<RandomLayer>): fc.Arbitrary<Trial> =>
  trials(layers.filter((layer) => refusal(layer) === undefined))

/** 0, 1, ... up to a number. */
export const numbers = (count: number): number[] => [...Array(count).keys()]

/** Rows with different selections on the samples with the given numbers; on a single sample all of them ride. */
export function layerRows(
  { layer }: Trial,
  run: CompiledRun,
  samples: readonly number[],
  rows: readonly number[],
): RowFeeds {
  const sizes = run.explainable.facts.sizes(run.start.output)
  const row = sizes.reduce((a, b) => a * b, 1)
  const start = { shape: [4, ...sizes], data: givenStart(4 * row) }
  const keeps = (i: number) => (i === 0 ? null : [i % sizes[0]!])
  const inputs: RowInputs = {
    data: rowsAt(layer.input, samples),
    start: rowsAt(start, rows),
    select: rows.map(keeps),
  }
  return feedsOf(run, inputs)
}

/** Names of the relevance maps: at the input and at every recorded layer. */
const maps = ({ compiled: { outputs } }: CompiledRun): string[] => [
  outputs.inputRelevance!,
  ...outputs.relevance.values(),
]

/** An output's rows with the given numbers; a single row stands for all. */
const rowsOf = (fetched: Fetched, name: string, rows: readonly number[]): Rows => {
  const { dims, data } = fetched[name]!
  return rowsAt({ shape: dims, data: data as Float32Array }, dims[0] === 1 ? rows.map(() => 0) : rows)
}

/** Whether two numbers have the same bits, the sign of a zero apart. */
const sameBits = (a: number, b: number): boolean => Object.is(a + 0, b + 0)

/** Relevance maps that are not the same bits in every row; row i of the one run is row order[i] of the other. */
export const differing = (
  run: CompiledRun,
  rows: number,
  a: Fetched,
  b: Fetched,
  order = numbers(rows),
): string[] =>
  maps(run).filter((name) => {
    const [left, right] = [rowsOf(a, name, numbers(rows)), rowsOf(b, name, order)]
    return !Array.from(left.data).every((value, i) => sameBits(value, right.data[i]!))
  })
