import type { Execution, Feed, Step, Tensor } from '@crp-serve/runtime'
import type { PlanPart } from '../tools/compile.ts'
import type { PlanFeed } from './feeds.ts'

/** A program for one batch, and where in its results the outputs of every piece are. */
export interface BatchProgram {
  readonly steps: readonly Step[]
  /** Per piece: output -> step that fetches it. */
  readonly sources: readonly ReadonlyMap<string, number>[]
  /** Multiply-accumulates of all steps. */
  readonly multiplications: number
}

/** What the last run of a part was fed, as a key, and the step that it was. */
interface LastRun {
  readonly key: string
  readonly step: number
  readonly rows: number
}

function stepOf(part: PlanPart, feeds: ReadonlyMap<string, PlanFeed>): Step {
  const given = part.feeds.map((name): [string, Feed] => [name, feeds.get(name)!.tensor])
  const read = part.reads.map((name): [string, Feed] => [name, { slot: name }])
  return {
    model: part.path,
    feeds: Object.fromEntries([...given, ...read]),
    fetch: part.outputs,
    keep: Object.fromEntries(part.keeps.map((name) => [name, name])),
  }
}

/** Rows that a step computes: the largest batch among what it is fed and what it reads. */
const rowsOf = (part: PlanPart, feeds: ReadonlyMap<string, PlanFeed>, upstream: number): number =>
  Math.max(upstream, ...part.feeds.map((name) => feeds.get(name)!.tensor.dims[0]!))

/**
 * Strings the parts of a plan together for the pieces of one batch. A part runs again only if something that it depends
 * on has changed since the piece before: the forward pass runs once, what lies above the first mask once per target.
 */
export function batchProgram(
  { parts }: { readonly parts: readonly PlanPart[] },
  pieces: readonly ReadonlyMap<string, PlanFeed>[],
): BatchProgram {
  const steps: Step[] = []
  const last = new Map<PlanPart, LastRun>()
  let multiplications = 0
  const sources = pieces.map((feeds) => {
    const found = new Map<string, number>()
    let upstream = { key: '', rows: 1 }
    for (const part of parts) {
      // Parts stand in a row: each may read whatever those before it have kept.
      const key = JSON.stringify([upstream.key, part.feeds.map((name) => feeds.get(name)!.key)])
      let run = last.get(part)
      if (run?.key !== key) {
        const rows = rowsOf(part, feeds, part.reads.length > 0 ? upstream.rows : 1)
        multiplications += part.multiplications * rows
        run = { key, rows, step: steps.push(stepOf(part, feeds)) - 1 }
        last.set(part, run)
      }
      upstream = run
      for (const name of part.outputs) found.set(name, run.step)
    }
    return found
  })
  return { steps, sources, multiplications }
}

/** One row of an output tensor. */
export interface RowTensor {
  readonly sizes: readonly number[]
  readonly values: Float32Array
}

/** One row of an output; an output that rows have in common has a single row. */
export function rowOf({ dims, data }: Tensor, row: number): RowTensor {
  const [rows, ...sizes] = dims as [number, ...number[]]
  const size = data.length / rows
  const i = rows === 1 ? 0 : row
  return { sizes, values: (data as Float32Array).subarray(i * size, (i + 1) * size) }
}

/** The output of a piece by its name. */
export const fetched = (execution: Execution, sources: ReadonlyMap<string, number>, name: string): Tensor =>
  execution.outputs[sources.get(name)!]![name]!
