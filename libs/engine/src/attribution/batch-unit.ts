import type { AttributionTask } from '@crp-serve/contracts'
import type { Batch, Row } from '@crp-serve/crp'
import type { Runtime } from '@crp-serve/runtime'
import type { WorkOptions } from '../config.ts'
import type { RunOptions, Together, Unit } from '../scheduling/batcher.ts'
import type { PlanPart } from '../tools/compile.ts'
import { batchBytes, rowBytes, rowsPerPiece } from './cut.ts'
import { batchFeeds, type PieceRow, type PlanFeed, pieceFeeds } from './feeds.ts'
import type { PlannedRows } from './plan-rows.ts'
import { type BatchProgram, batchProgram, fetched, type RowTensor, rowOf } from './program.ts'
import type { Sample } from './samples.ts'

/** A batch of one request, and the parts of its plan that it runs. */
export interface BatchRequest {
  readonly task: AttributionTask
  readonly planned: PlannedRows
  readonly batch: Batch
  /** Those of the batch. */
  readonly samples: readonly Sample[]
  readonly parts: readonly PlanPart[]
}

/** What was computed for the batch of one request. */
export interface BatchRun {
  /** Row `i` of piece `p` of an output. */
  readonly read: (p: number, i: number, output: string) => RowTensor
  /** Milliseconds that the program waited for an engine process. */
  readonly queueMs: number
  readonly computeMs: number
  readonly executions: number
  /** Rows of the largest piece. */
  readonly batch: number
  /** Multiply-accumulates, the request's own. */
  readonly multiplications: number
}

type Feeds = ReadonlyMap<string, PlanFeed>

/** Rows of a piece of several requests at most; most models are bounded by the memory of their samples before. */
const mostTogether = 64

const pieceRows = ({ task, planned }: BatchRequest, piece: readonly Row[]): PieceRow[] =>
  piece.map((row) => ({ task, planned, row }))

/** Rows of one request, as its batch has them. */
const runAlone = (request: BatchRequest) => {
  const { batch, planned, samples } = request
  const shared = batchFeeds(planned.plan, samples)
  return batch.pieces.map((piece) => pieceFeeds(planned.plan, pieceRows(request, piece), shared))
}

/** Rows of several requests as one piece, a sample for each row. */
const runPaired = (requests: readonly BatchRequest[]) => {
  const [{ planned }] = requests as readonly [BatchRequest]
  const samples = requests.flatMap((request) => request.samples)
  const rows = requests.flatMap((request) => pieceRows(request, request.batch.pieces[0]!))
  return [pieceFeeds(planned.plan, rows, batchFeeds(planned.plan, samples))]
}

/** The steps of a batch: all of the plan as one graph where every part of it would run once, which spares passing tensors on. */
function programOf({ parts, planned: { plan } }: BatchRequest, pieces: readonly Feeds[]): BatchProgram {
  const cut = batchProgram({ parts }, pieces)
  if (parts !== plan.parts || pieces.length > 1) return cut
  // What it costs is told from the parts: some of them run once for rows of one sample.
  return { ...batchProgram({ parts: [plan.whole] }, pieces), multiplications: cut.multiplications }
}

async function runTogether(
  requests: readonly BatchRequest[],
  runtime: Runtime,
  options: RunOptions,
): Promise<Together<BatchRun>> {
  const [first] = requests as readonly [BatchRequest]
  const pieces = requests.length === 1 ? runAlone(first) : runPaired(requests)
  const program = programOf(first, pieces)
  const execution = await runtime.execute(program.steps, options)
  const counts = requests.map(({ batch }) => batch.pieces.reduce((sum, piece) => sum + piece.length, 0))
  const all = counts.reduce((a, b) => a + b, 0)
  const largest = requests.length === 1 ? Math.max(...first.batch.pieces.map(({ length }) => length)) : all
  let before = 0
  const results = requests.map((_, r): BatchRun => {
    const offset = before
    before += counts[r]!
    return {
      read: (p, i, name) => rowOf(fetched(execution, program.sources[p]!, name), offset + i),
      queueMs: execution.queueMs,
      computeMs: execution.computeMs,
      executions: program.steps.length,
      batch: largest,
      multiplications: (program.multiplications * counts[r]!) / all,
    }
  })
  return { results, computeMs: execution.computeMs }
}

/** What has to be equal for rows with a sample each to stand in one piece. */
function sharingKey({ batch, samples, parts, planned }: BatchRequest): string | null {
  const [piece, ...others] = batch.pieces
  if (others.length > 0 || piece!.length !== samples.length) return null
  return JSON.stringify([parts.map(({ path }) => path), samples[0]!.sizes, basisWidths(planned, piece!)])
}

/** Directions of every masked layer: bases are as wide as the widest of their piece, and another width is another product. */
function basisWidths({ conditions }: PlannedRows, piece: readonly Row[]): number[] {
  const widths = piece.map(({ condition }) =>
    conditions[condition]!.masks.map(({ selection }) =>
      selection.kind === 'span' ? selection.basis.length : 0,
    ),
  )
  return widths[0]!.map((_, mask) => Math.max(...widths.map((row) => row[mask]!)))
}

/** A batch of one request as a unit that can be computed together with those of other requests. */
export function batchUnit(
  request: BatchRequest,
  runtime: Runtime,
  severalSamples: boolean,
  work: WorkOptions,
): Unit<BatchRequest, BatchRun> {
  const { batch, parts, planned } = request
  const rows = batch.pieces.reduce((sum, piece) => sum + piece.length, 0)
  const cost = parts.reduce((sum, { multiplications }) => sum + multiplications, 0) * rows
  return {
    key: severalSamples ? sharingKey(request) : null,
    rows,
    mostRows: Math.min(
      rowsPerPiece(planned.description.sampleBytes, mostTogether),
      Math.floor(batchBytes / rowBytes(request.task, planned)),
    ),
    cost: Number.isFinite(cost) ? cost : rows,
    payload: request,
    work,
    run: (requests, options) => runTogether(requests, runtime, options),
  }
}
