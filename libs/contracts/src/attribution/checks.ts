import { type ProblemError, problemAt } from '../errors/problem.ts'
import type { BinaryTensor } from '../wire/tensor.ts'
import type { AttributionTask, DecodedAttribution, PredictionTask } from './task.ts'

/** Limits of a synchronous request. */
export interface RowLimits {
  /** Samples times conditions. */
  readonly rows: number
}

type Inputs = PredictionTask['inputs']

interface Subject {
  readonly task: AttributionTask
  /** The request behind the task, which tells a default from a value that was given. */
  readonly request: DecodedAttribution
  readonly limits: RowLimits
}

type Check = (subject: Subject) => ProblemError | undefined

/** Samples of one input: a tensor holds as many as its first axis says. */
const samplesOf = (input: Inputs[number]): number => ('tensor' in input ? (input.tensor.shape[0] ?? 0) : 1)

/** Samples of all inputs together. */
export const sampleCount = (inputs: Inputs): number =>
  inputs.reduce((sum, input) => sum + samplesOf(input), 0)

/** Rows of the result: every sample with every condition, or pairs of them. */
export const rowCount = ({ inputs, conditions, pairing }: AttributionTask): number =>
  pairing === 'zip' ? conditions.length : sampleCount(inputs) * conditions.length

function sampleAxis(inputs: Inputs): ProblemError | undefined {
  const empty = inputs.findIndex((input) => samplesOf(input) === 0)
  if (empty < 0) return undefined
  const { shape } = (inputs[empty] as { tensor: BinaryTensor }).tensor
  return problemAt(
    'tensor-shape-mismatch',
    `/inputs/${empty}/tensor/shape`,
    `[${shape.join(', ')}] holds no sample; the first axis counts samples and must be at least 1`,
  )
}

const pairing: Check = ({ task: { inputs, conditions, pairing } }) => {
  const samples = sampleCount(inputs)
  return pairing === 'product' || samples === conditions.length
    ? undefined
    : problemAt(
        'pairing-mismatch',
        '/pairing',
        `"zip" needs equal counts: ${samples} samples, ${conditions.length} conditions`,
      )
}

const rows: Check = ({ task, limits }) => {
  const count = rowCount(task)
  return count <= limits.rows ? undefined : tooManyRows(count, limits)
}

const tooManyRows = (count: number, limits: RowLimits) =>
  problemAt(
    'too-many-rows',
    '/conditions',
    `${count} rows are over the limit of ${limits.rows} for a synchronous answer; ` +
      'split the request, or send `Prefer: respond-async` where jobs are available',
  )

const target: Check = ({ task: { conditions, start_layer }, request: { init_relevance } }) => {
  if (start_layer !== undefined) {
    const aimed = conditions.findIndex(({ y }) => y !== undefined)
    if (aimed < 0) return undefined
    return problemAt(
      'target-not-allowed',
      `/conditions/${aimed}/y`,
      'must be absent where `start_layer` is given',
    )
  }
  const open = conditions.findIndex(({ y }) => y === undefined)
  if (open < 0) return undefined
  const mixed = conditions.some(({ y }) => y !== undefined)
  if (!mixed && init_relevance !== undefined) return undefined
  const hint = mixed
    ? 'is required, because other conditions have it'
    : 'is required: where relevance starts is not given'
  return problemAt(
    'target-missing',
    `/conditions/${open}/y`,
    `${hint}; without \`y\`, give \`init_relevance\``,
  )
}

/** What can be checked without the model; the first that fails counts. */
const checks: readonly Check[] = [({ task }) => sampleAxis(task.inputs), pairing, rows, target]

/**
 * Checks what schemas cannot say.
 * @throws ProblemError `tensor-shape-mismatch`, `pairing-mismatch`, `too-many-rows`, `target-missing`, `target-not-allowed`
 */
export function checkAttribution(
  task: AttributionTask,
  request: DecodedAttribution,
  limits: RowLimits,
): void {
  for (const check of checks) {
    const problem = check({ task, request, limits })
    if (problem !== undefined) throw problem
  }
}

/** As `checkAttribution`, for predictions: rows are samples. */
export function checkPrediction({ inputs }: PredictionTask, limits: RowLimits): void {
  const problem = sampleAxis(inputs)
  if (problem !== undefined) throw problem
  if (sampleCount(inputs) > limits.rows) throw tooManyRows(sampleCount(inputs), limits)
}
