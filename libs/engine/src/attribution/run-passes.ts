import { type AttributionTask, pointer, problemAt } from '@crp-serve/contracts'
import { type AttributorPasses, type Row, startTotal } from '@crp-serve/crp'
import type { PassesFor } from './attributors.ts'
import { count, floatValues } from './bytes.ts'
import { mapConcurrently } from './concurrently.ts'
import type { PlannedRows } from './plan-rows.ts'
import type { RowTensor } from './program.ts'
import { needsHeatmap } from './regions.ts'
import {
  type ComputedRow,
  type Cost,
  everything,
  noCost,
  type Reading,
  type RowRunner,
  readRows,
  sumOf,
} from './run-rows.ts'
import type { Sample } from './samples.ts'

/** An attribution whose result is gathered from several passes. */
export interface PassRequest {
  readonly task: AttributionTask
  readonly samples: readonly Sample[]
  /** Plans rows of a task; the order of the rows is that of the answer. */
  readonly plan: (task: AttributionTask, rows?: readonly Row[]) => Promise<PlannedRows[]>
  readonly runner: RowRunner
}

/** Rows that are handed to the runtime at once: enough for full pieces, few enough to be held. */
const rowsPerRound = 64

/** The task of the pass over the sample itself: all that the answer says, but the heatmap. */
export const ownTask = (task: AttributionTask, { kind }: AttributorPasses): AttributionTask => ({
  ...task,
  output: { ...task.output, heatmap: [], regions: [], per_channel: kind === 'relevance' },
})

/** The task of the other passes: the relevance at the input, or for scores a forward pass up to the start tensor. */
function otherTask(task: AttributionTask, passes: AttributorPasses): AttributionTask {
  const lean = { ...ownTask(task, passes), record: [] }
  if (passes.kind === 'relevance') return lean
  const { start_layer: layer } = task
  const record = { relevance: false, activation: true, abs_norm: false }
  return {
    ...lean,
    composite: { name: 'gradient' },
    ...(layer === undefined ? {} : { record: [{ layer, ...record }] }),
  }
}

const argMax = (values: Float32Array): number =>
  values.reduce((best, value, i) => (value > values[best]! ? i : best), 0)

/**
 * The class that is predicted for a sample counts in every pass, whatever the modified samples are taken for. Each row
 * that asks for it gets a condition of its own.
 */
function withFixedTargets(task: AttributionTask, own: readonly ComputedRow[]) {
  const conditions = [...task.conditions]
  const rows = own.map(({ row, start }): Row => {
    if (task.conditions[row.condition]!.y !== 'predicted') return row
    if (start.sizes.length > 1) {
      const detail =
        'with this attributor classes must be named: the predicted ones differ from position to position'
      throw problemAt('attributor-invalid', pointer('conditions', row.condition, 'y'), detail)
    }
    const condition = { ...task.conditions[row.condition]!, y: [argMax(start.values)] }
    return { ...row, condition: conditions.push(condition) - 1 }
  })
  return { task: { ...task, conditions }, rows }
}

/** The rows of several passes as rows of one request: sample p * N + i is sample i in pass p of the round. */
function roundOf(
  group: PlannedRows,
  samples: readonly Sample[],
  passes: AttributorPasses,
  from: number,
  to: number,
) {
  const numbers = Array.from({ length: to - from }, (_, i) => i)
  const modified = numbers.flatMap((i) =>
    samples.map(
      (sample): Sample => ({
        ...sample,
        get values() {
          return passes.sample(sample, from + i)
        },
      }),
    ),
  )
  const rows = numbers.flatMap((i) =>
    group.rows.map((row) => ({ ...row, sample: i * samples.length + row.sample })),
  )
  return { group: { ...group, rows }, modified }
}

/** Runs all passes over modified samples, round by round; what is read of them is handed on in the order of the passes. */
async function runRounds<T>(
  task: AttributionTask,
  group: PlannedRows,
  passes: AttributorPasses,
  { samples, runner }: PassRequest,
  reading: Reading<T>,
  take: (row: Row, pass: number, read: T) => void,
): Promise<Cost> {
  const passesPerRound = Math.ceil(rowsPerRound / group.rows.length)
  let cost = noCost
  for (let from = 0; from < passes.count; from += passesPerRound) {
    const to = Math.min(passes.count, from + passesPerRound)
    const round = roundOf(group, samples, passes, from, to)
    const found = new Map<string, T>()
    const key = (index: number, pass: number) => `${index}/${pass}`
    const spent = await readRows(task, [round.group], round.modified, runner, reading, async (read, row) => {
      found.set(key(row.index, from + Math.floor(row.sample / samples.length)), read)
    })
    cost = sumOf(cost, spent)
    for (const row of group.rows) {
      for (let pass = from; pass < to; pass++) take(row, pass, found.get(key(row.index, pass))!)
    }
  }
  return cost
}

/** The relevance at the input alone. */
const inputRelevance: Reading<Float32Array> = {
  parts: everything.parts,
  of: (_row, { plan }, read) => read(plan.outputs.inputRelevance!).values,
}

/** The start tensor, which the first part of a plan computes. */
const startTensor: Reading<Float32Array> = {
  parts: ({ parts }) => parts.slice(0, 1).map((part) => ({ ...part, keeps: [] })),
  of: (_row, { plan, start }, read) =>
    read(start.layer === null ? plan.outputs.start : plan.outputs.activation[start.layer]!).values,
}

/** The start relevance of a row, by position, from the start tensor of a pass. */
function startValue({ init_relevance: init }: AttributionTask, row: Row, tensor: Float32Array) {
  if (typeof init === 'number') return () => init
  if (init === 'absolute') return (i: number) => Math.abs(tensor[i]!)
  if (typeof init === 'string') return (i: number) => tensor[i]!
  const given = floatValues(init)
  const first = init.shape[0] === 1 ? 0 : row.index * tensor.length
  return (i: number) => given[first + i]!
}

function addInto(sum: Float64Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!
}

/** Adds what all passes over modified samples give to the sums of their rows. */
function addPasses(
  task: AttributionTask,
  group: PlannedRows,
  passes: AttributorPasses,
  sums: ReadonlyMap<number, Float64Array>,
  request: PassRequest,
): Promise<Cost> {
  if (passes.kind === 'relevance') {
    return runRounds(task, group, passes, request, inputRelevance, ({ index }, _pass, values) =>
      addInto(sums.get(index)!, values),
    )
  }
  return runRounds(task, group, passes, request, startTensor, (row, pass, tensor) => {
    const { targets } = group.conditions[row.condition]!
    if (targets === 'predicted') throw new Error('the predicted classes were to be known by now')
    passes.add(
      sums.get(row.index)!,
      pass,
      startTotal(startValue(task, row, tensor), targets, group.start.sizes),
    )
  })
}

function attributionOf(passes: AttributorPasses, sum: Float64Array, own: ComputedRow, sample: Sample) {
  if (passes.kind === 'scores') return Float32Array.from(sum)
  // The pass over the sample itself is the last one.
  addInto(sum, own.inputRelevance!.values)
  return passes.finish(sum, sample)
}

/** The sum over axis 1, which is the first behind the batch axis. */
function overChannels({ sizes: [channels, ...rest], values }: RowTensor): RowTensor {
  const sums = new Float64Array(count(rest))
  for (let i = 0; i < channels! * sums.length; i++) sums[i % sums.length]! += values[i]!
  return { sizes: rest, values: Float32Array.from(sums) }
}

/** The row of the ordinary pass with the attribution in place of its relevance. */
function gathered(
  task: AttributionTask,
  own: ComputedRow,
  sample: Sample,
  values: Float32Array,
  remark: string,
) {
  const attribution = { sizes: sample.sizes, values }
  return {
    ...own,
    heatmap: needsHeatmap(task) ? overChannels(attribution) : null,
    inputRelevance: task.output.per_channel ? attribution : null,
    gathering: { remark, finite: values.every(Number.isFinite) },
  }
}

/** Runs the ordinary attribution of every row; the rows come back by their place in the answer. */
async function runOwn(
  task: AttributionTask,
  planned: readonly PlannedRows[],
  { samples, runner }: PassRequest,
) {
  const rows: ComputedRow[] = []
  const cost = await readRows(task, planned, samples, runner, everything, async (computed) => {
    rows[computed.row.index] = computed
  })
  return { rows, cost }
}

/**
 * Runs an attributor of several passes: first the ordinary attribution of every row, whose prediction, layers and trust
 * the answer has, then the passes over modified samples.
 * @param planned the rows of `ownTask`
 * @throws ProblemError `attributor-invalid`, and what planning and running throw
 */
export async function runPasses(
  passesFor: PassesFor,
  planned: readonly PlannedRows[],
  request: PassRequest,
  take: (row: ComputedRow) => Promise<void>,
): Promise<Cost> {
  const { task, samples, runner, plan } = request
  const sampleOf = ({ sample }: Row) => samples[sample]!
  const anyPasses = passesFor(samples[0]!.sizes)
  const own = await runOwn(ownTask(task, anyPasses), planned, request)
  const sums = new Map(own.rows.map(({ row }) => [row.index, new Float64Array(count(sampleOf(row).sizes))]))
  let { cost } = own
  if (anyPasses.count > 0) {
    const others = withFixedTargets(otherTask(task, anyPasses), own.rows)
    for (const group of await plan(others.task, others.rows)) {
      const passes = passesFor(sampleOf(group.rows[0]!).sizes)
      cost = sumOf(cost, await addPasses(others.task, group, passes, sums, request))
    }
  }
  await mapConcurrently(own.rows, runner.takers, (computed) => {
    const { row } = computed
    const sample = sampleOf(row)
    const passes = passesFor(sample.sizes)
    const values = attributionOf(passes, sums.get(row.index)!, computed, sample)
    return take(gathered(task, computed, sample, values, passes.remark))
  })
  return cost
}
