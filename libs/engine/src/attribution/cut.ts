import type { AttributionTask } from '@crp-serve/contracts'
import { type Batch, batches, type Row } from '@crp-serve/crp'
import { count } from './bytes.ts'
import { startKey } from './feeds.ts'
import type { PlannedRows } from './plan-rows.ts'

/** Rows of a piece at most: the speed is flat from two to four rows on, and a piece is what cancelling waits for. */
const mostRows = 8

/** Pieces of a batch at most: a process does nothing else between the first of them and the last. */
const mostPieces = 16

/** Bytes that the tensors of a piece may take: forward tensors, relevance, and what both are made of. */
const pieceBytes = 768 * 1024 ** 2
const copiesPerRow = 3

/** Bytes that a batch may be fed and give: its program holds all of it from the first piece to the last. */
export const batchBytes = 128 * 1024 ** 2

/** Rows that may be computed at once for a model with forward tensors of that many bytes a sample, at most `most`. */
export const rowsPerPiece = (sampleBytes: number, most: number = mostRows): number =>
  Math.max(1, Math.min(most, Math.floor(pieceBytes / (copiesPerRow * sampleBytes))))

/** Pieces of a batch whose pieces are fed and give that many bytes each. */
export const piecesPerBatch = (bytes: number): number =>
  Math.max(1, Math.min(mostPieces, Math.floor(batchBytes / bytes)))

/** Numbers that a row is fed and gives, as far as they have positions; what is one number a channel is small. */
function numbersPerRow(task: AttributionTask, { plan, description, start, conditions }: PlannedRows): number {
  const sizes = new Map(description.layers.map((layer) => [layer.name, layer.sizes ?? []]))
  const recorded = [...Object.keys(plan.outputs.relevance), ...Object.keys(plan.outputs.activation)]
  const neurons = conditions.flatMap(({ masks }) =>
    masks.flatMap(({ layer, selection }) => (selection.kind === 'neurons' ? [layer] : [])),
  )
  const layers = [...recorded, ...new Set(neurons)]
  const given = typeof task.init_relevance === 'object' ? count(start.sizes) : 0
  return layers.reduce((sum, layer) => sum + count(sizes.get(layer)!), given)
}

/** Bytes that a row is fed and gives: the sample goes in, and a heatmap and the relevance at the input may come out. */
export const rowBytes = (task: AttributionTask, planned: PlannedRows): number =>
  4 * numbersPerRow(task, planned) + 3 * planned.description.inputBytes

/**
 * Pieces of a batch where few samples have many rows: every process gets a share of them. Where there are as many samples
 * as processes they are spread as they are, because every batch runs the forward pass of its samples.
 */
function sharedOut(planned: PlannedRows, rows: number, processes: number): number {
  const samples = new Set(planned.rows.map(({ sample }) => sample)).size
  const piecesOfSample = Math.ceil(planned.rows.length / samples / rows)
  return Math.max(1, Math.ceil(piecesOfSample / Math.ceil(processes / samples)))
}

/** How rows are computed. */
export interface CutOptions {
  /** Engine processes, which is how many batches are under way at once. */
  readonly processes: number
  /** Whether a batch may hold several samples. */
  readonly severalSamples: boolean
}

/** Cuts rows of one plan into batches whose memory is bounded, however many rows there are. */
export function cutIntoBatches(task: AttributionTask, planned: PlannedRows, options: CutOptions): Batch[] {
  const rows = rowsPerPiece(planned.description.sampleBytes)
  const bounded = piecesPerBatch(rows * rowBytes(task, planned))
  const pieces = Math.min(bounded, sharedOut(planned, rows, options.processes))
  const masked = Object.keys(planned.plan.inputs.masks).length > 0
  // Without a mask nothing lies below what rows of one target share, so that they need not stand together.
  const shared = masked ? (row: Row) => startKey(task, planned, row) : null
  return batches(planned.rows, { rows, pieces, severalSamples: options.severalSamples }, shared)
}
