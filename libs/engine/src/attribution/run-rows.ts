import type { AttributionTask } from '@crp-serve/contracts'
import type { Batch, Row } from '@crp-serve/crp'
import type { Runtime } from '@crp-serve/runtime'
import type { WorkOptions } from '../config.ts'
import type { Batcher } from '../scheduling/batcher.ts'
import type { CompiledPlan, PlanPart } from '../tools/compile.ts'
import { batchUnit } from './batch-unit.ts'
import { mapConcurrently } from './concurrently.ts'
import { cutIntoBatches } from './cut.ts'
import type { PlannedRows } from './plan-rows.ts'
import type { RowTensor } from './program.ts'
import type { Sample } from './samples.ts'

/** Everything that was computed for one row. */
export interface ComputedRow {
  readonly row: Row
  readonly planned: PlannedRows
  readonly prediction: RowTensor
  readonly start: RowTensor
  readonly heatmap: RowTensor | null
  readonly inputRelevance: RowTensor | null
  /** By layer name. */
  readonly relevance: Readonly<Record<string, RowTensor>>
  readonly channelSums: Readonly<Record<string, RowTensor>>
  readonly activation: Readonly<Record<string, RowTensor>>
  readonly trust: Float32Array
  /** Where heatmap and input relevance were gathered from other passes than the one that everything else is about. */
  readonly gathering: { readonly remark: string; readonly finite: boolean } | null
}

/** What of a plan is run, and what is read of every row. */
export interface Reading<T> {
  readonly parts: (plan: CompiledPlan) => readonly PlanPart[]
  readonly of: (row: Row, planned: PlannedRows, read: (output: string) => RowTensor) => T
}

/** What the rows of one request have cost. */
export interface Cost {
  /** Milliseconds that programs waited for their turn and for an engine process. */
  queueMs: number
  /** Milliseconds of the programs, whoever else had rows in them. */
  computeMs: number
  /** Runs of ONNX Runtime. */
  executions: number
  /** Rows of the largest piece, those of other requests included. */
  batch: number
  /** Work in units of one forward pass of one sample. */
  forwardEquivalents: number
}

/** Of nothing. */
export const noCost: Cost = { queueMs: 0, computeMs: 0, executions: 0, batch: 0, forwardEquivalents: 0 }

/** Of two runs together. */
export const sumOf = (a: Cost, b: Cost): Cost => ({
  queueMs: a.queueMs + b.queueMs,
  computeMs: a.computeMs + b.computeMs,
  executions: a.executions + b.executions,
  batch: Math.max(a.batch, b.batch),
  forwardEquivalents: a.forwardEquivalents + b.forwardEquivalents,
})

/** What rows are computed with. */
export interface RowRunner {
  readonly runtime: Runtime
  readonly batcher: Batcher
  /** Engine processes, which is how many batches are under way at once. */
  readonly processes: number
  /** Whether the model takes one sample at a time. */
  readonly severalSamples: boolean
  /** Rows that are handed on at once. */
  readonly takers: number
  readonly work: WorkOptions
}

const mapValues = <T>(
  names: Readonly<Record<string, string>>,
  read: (name: string) => T,
): Record<string, T> => Object.fromEntries(Object.entries(names).map(([layer, name]) => [layer, read(name)]))

/** All outputs of a plan. */
export const everything: Reading<ComputedRow> = {
  parts: ({ parts }) => parts,
  of: (row, planned, read) => {
    const { outputs } = planned.plan
    return {
      row,
      planned,
      prediction: read(outputs.prediction),
      start: read(outputs.start),
      heatmap: outputs.heatmap === null ? null : read(outputs.heatmap),
      inputRelevance: outputs.inputRelevance === null ? null : read(outputs.inputRelevance),
      relevance: mapValues(outputs.relevance, read),
      channelSums: mapValues(outputs.channelSums, read),
      activation: mapValues(outputs.activation, read),
      trust: read(outputs.trust).values,
      gathering: null,
    }
  },
}

/** Reads what was computed for a batch of one request. */
async function runBatch<T>(
  task: AttributionTask,
  planned: PlannedRows,
  batch: Batch,
  samples: readonly Sample[],
  { batcher, runtime, severalSamples, work }: RowRunner,
  reading: Reading<T>,
  cost: Cost,
): Promise<readonly (readonly [T, Row])[]> {
  const parts = reading.parts(planned.plan)
  const request = { task, planned, batch, parts, samples: batch.samples.map((sample) => samples[sample]!) }
  const { value: run, waitedMs } = await batcher.run(batchUnit(request, runtime, severalSamples, work))
  cost.queueMs += waitedMs + run.queueMs
  cost.computeMs += run.computeMs
  cost.executions += run.executions
  cost.batch = Math.max(cost.batch, run.batch)
  cost.forwardEquivalents += run.multiplications / planned.plan.forward
  return batch.pieces.flatMap((piece, p) =>
    piece.map((row, i) => [reading.of(row, planned, (name) => run.read(p, i, name)), row] as const),
  )
}

/**
 * Computes planned rows in batches of bounded size, and hands on what is read of every batch's rows as soon as it is
 * there.
 * @throws errors of the runtime: `cancelled` and `deadline-exceeded` take effect between two runs of ONNX Runtime
 */
export async function readRows<T>(
  task: AttributionTask,
  planned: readonly PlannedRows[],
  samples: readonly Sample[],
  runner: RowRunner,
  reading: Reading<T>,
  take: (read: T, row: Row) => Promise<void>,
): Promise<Cost> {
  const cost: Cost = { queueMs: 0, computeMs: 0, executions: 0, batch: 0, forwardEquivalents: 0 }
  const all = planned.flatMap((group) =>
    cutIntoBatches(task, group, runner).map((batch) => ({ group, batch })),
  )
  await mapConcurrently(all, runner.processes, async ({ group, batch }) => {
    await runner.work.between?.()
    const rows = await runBatch(task, group, batch, samples, runner, reading, cost)
    await mapConcurrently(rows, runner.takers, ([read, row]) => take(read, row))
  })
  return cost
}

/** Computes planned rows with all that their plans have to give. */
export const runRows = (
  task: AttributionTask,
  planned: readonly PlannedRows[],
  samples: readonly Sample[],
  runner: RowRunner,
  take: (row: ComputedRow) => Promise<void>,
): Promise<Cost> => readRows(task, planned, samples, runner, everything, take)
