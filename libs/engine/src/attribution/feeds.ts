import { type AttributionTask, ProblemError } from '@crp-serve/contracts'
import {
  basisTensor,
  constantStart,
  type FloatTensor,
  maskTensor,
  type Row,
  startSelection,
} from '@crp-serve/crp'
import type { Tensor } from '@crp-serve/runtime'
import type { CompiledPlan } from '../tools/compile.ts'
import { boundOf } from './bounds.ts'
import { count, floatTensor, floatValues } from './bytes.ts'
import type { LayerMask } from './conditions.ts'
import type { PlannedRows } from './plan-rows.ts'
import { checkFinite, type Sample } from './samples.ts'

/** A row with the request that it is of: rows of one piece may come from several. */
export interface PieceRow {
  readonly task: AttributionTask
  readonly planned: PlannedRows
  readonly row: Row
}

/** An input of a plan: its tensor, and a key by which equal tensors of one batch are known. */
export interface PlanFeed {
  readonly key: string
  readonly tensor: Tensor
}

const tensor = ({ dims, data }: FloatTensor): Tensor => ({ type: 'float32', dims, data })

/** The samples of a batch as one tensor [N, ...]. */
export function sampleTensor(samples: readonly Sample[]): Tensor {
  const [{ sizes }] = samples as readonly [Sample]
  const size = count(sizes)
  const data = new Float32Array(samples.length * size)
  for (const [i, { values }] of samples.entries()) data.set(values, i * size)
  return { type: 'float32', dims: [samples.length, ...sizes], data }
}

/** What all pieces of a batch are fed: its samples, and what else differs from sample to sample. */
export function batchFeeds({ inputs }: CompiledPlan, samples: readonly Sample[]): Map<string, PlanFeed> {
  const bounds = Object.entries(inputs.bounds).map(
    ([name, bound]) => [name, boundOf(bound, samples)] as const,
  )
  const tensors = [[inputs.data, sampleTensor(samples)] as const, ...bounds]
  return new Map(tensors.map(([name, tensor]) => [name, { key: 'samples', tensor }]))
}

/** A start relevance that the request gives as a tensor, or null. */
const givenStart = ({ init_relevance }: AttributionTask) =>
  typeof init_relevance === 'object' ? init_relevance : null

/** What rows have in common above the first mask, as a key. */
export function startKey(task: AttributionTask, { conditions }: PlannedRows, row: Row): string {
  const given = givenStart(task)
  const own = given !== null && given.shape[0] !== 1 ? row.index : null
  return JSON.stringify([conditions[row.condition]!.targets, own])
}

/**
 * Checks a start relevance that is a tensor: the start tensor's sizes, for one row or for all rows of the result.
 * @throws ProblemError `tensor-type-mismatch`, `tensor-shape-mismatch`, `tensor-not-finite`
 */
export function checkGivenStart(task: AttributionTask, sizes: readonly number[], rows: number): void {
  const given = givenStart(task)
  if (given === null) return
  const fail = (code: 'tensor-type-mismatch' | 'tensor-shape-mismatch', pointer: string, detail: string) =>
    new ProblemError(code, `${pointer}: ${detail}`, { errors: [{ pointer, detail }] })
  if (given.datatype !== 'FP32') {
    throw fail('tensor-type-mismatch', '/init_relevance/datatype', `is ${given.datatype}; it must be FP32`)
  }
  const [first, ...rest] = given.shape
  if ((first !== 1 && first !== rows) || rest.join() !== sizes.join()) {
    const allowed = rows === 1 ? '1' : `1 or ${rows}`
    const detail = `is [${given.shape.join(', ')}]; it must be [${allowed}, ${sizes.join(', ')}]`
    throw fail('tensor-shape-mismatch', '/init_relevance/shape', detail)
  }
  checkFinite(floatValues(given), '/init_relevance')
}

function requestStart(task: AttributionTask, rows: readonly Row[], sizes: readonly number[]): FloatTensor {
  const { init_relevance } = task
  if (typeof init_relevance === 'number') return constantStart(init_relevance, sizes)
  const given = givenStart(task) ?? floatTensor([1, ...sizes], new Float32Array(count(sizes)))
  const values = floatValues(given)
  if (given.shape[0] === 1) return { dims: [1, ...sizes], data: values }
  const size = count(sizes)
  const data = new Float32Array(rows.length * size)
  for (const [i, { index }] of rows.entries()) {
    data.set(values.subarray(index * size, (index + 1) * size), i * size)
  }
  return { dims: [rows.length, ...sizes], data }
}

function startTensor(rows: readonly PieceRow[], sizes: readonly number[]): FloatTensor {
  const [{ task }] = rows as readonly [PieceRow]
  if (rows.every((other) => other.task === task)) {
    return requestStart(
      task,
      rows.map(({ row }) => row),
      sizes,
    )
  }
  const size = count(sizes)
  const data = new Float32Array(rows.length * size)
  for (const [i, { task, row }] of rows.entries()) {
    const place = data.subarray(i * size, (i + 1) * size)
    const start = requestStart(task, [row], sizes).data
    if (start.length === size) place.set(start)
    else place.fill(start[0]!)
  }
  return { dims: [rows.length, ...sizes], data }
}

/**
 * Everything that one piece of a batch is fed, by the names of the plan's inputs.
 * @param shared what all pieces of the batch are fed
 */
export function pieceFeeds(
  { inputs }: CompiledPlan,
  piece: readonly PieceRow[],
  shared: ReadonlyMap<string, PlanFeed>,
): ReadonlyMap<string, PlanFeed> {
  const keys = piece.map(({ task, planned, row }) => startKey(task, planned, row))
  const common = shared.get(inputs.data)!.tensor.dims[0] === 1 && keys.every((key) => key === keys[0])
  const starting = common ? piece.slice(0, 1) : piece
  const key = common ? keys[0]! : JSON.stringify(piece.map(({ row }) => row.index))
  const { sizes } = piece[0]!.planned.start
  const condition = ({ planned, row }: PieceRow) => planned.conditions[row.condition]!
  const selection = startSelection(
    starting.map((row) => condition(row).targets),
    sizes,
  )
  const feeds = new Map(shared)
  feeds.set(inputs.select, { key, tensor: tensor(selection.select) })
  if (inputs.predicted !== null) feeds.set(inputs.predicted, { key, tensor: tensor(selection.predicted) })
  if (inputs.start !== null) feeds.set(inputs.start, { key, tensor: tensor(startTensor(starting, sizes)) })
  for (const [name, input] of Object.entries(inputs.masks)) {
    const masks = piece.map((row) => condition(row).masks.find(({ layer }) => layer === name)!)
    feeds.set(input, { key: `row ${piece[0]!.row.index}`, tensor: tensor(layerMasks(masks)) })
  }
  return feeds
}

/** The masks of one layer for the rows of a piece: all of them spans, or none. */
function layerMasks(masks: readonly LayerMask[]): FloatTensor {
  const { sizes } = masks[0]!
  const kept = masks.map(({ selection }) => selection)
  const bases = kept.flatMap((selection) => (selection.kind === 'span' ? [selection.basis] : []))
  if (bases.length > 0) return basisTensor(bases, sizes[0]!)
  return maskTensor(
    kept.filter((selection) => selection.kind !== 'span'),
    sizes,
  )
}
