import { type ProblemError, problemAt } from '../errors/problem.ts'
import { pointer } from '../schema/pointer.ts'
import type { BinaryTensor } from '../wire/tensor.ts'
import type { AttributionTask, ConditionTask, DecodedAttribution, PredictionTask } from './task.ts'

/** Limits of a synchronous request. */
export interface RequestLimits {
  /** Samples times conditions; a condition that ranks k channels counts k times. */
  readonly rows: number
  /** The same limit of a request that becomes a job; absent where the request is one, or where jobs are not taken. */
  readonly jobRows?: number
  /** Bytes of one encoded image. */
  readonly imageBytes: number
}

type Inputs = PredictionTask['inputs']

interface Subject {
  readonly task: AttributionTask
  /** The request behind the task, which tells a default from a value that was given. */
  readonly request: DecodedAttribution
  readonly limits: RequestLimits
}

type Check = (subject: Subject) => ProblemError | undefined

/** Samples of one input: a tensor holds as many as its first axis says. */
const samplesOf = (input: Inputs[number]): number => ('tensor' in input ? (input.tensor.shape[0] ?? 0) : 1)

/** Samples of all inputs together. */
export const sampleCount = (inputs: Inputs): number =>
  inputs.reduce((sum, input) => sum + samplesOf(input), 0)

/** Rows that a condition makes of a sample: one, or where it ranks channels one for each (fewer where the layer has fewer). */
const rowsOf = ({ layers }: ConditionTask): number =>
  layers.reduce((rows, { concept }) => (concept.kind === 'ranked' ? concept.top : rows), 1)

/** Most rows of the result: every sample with every condition, or pairs of them. */
export function rowCount({ inputs, conditions, pairing }: AttributionTask): number {
  const rows = conditions.reduce((sum, condition) => sum + rowsOf(condition), 0)
  return pairing === 'zip' ? rows : sampleCount(inputs) * rows
}

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

/** The first image that is over the limit, as an error. */
export function imageSize(
  inputs: Inputs,
  { imageBytes }: RequestLimits,
  pointerOf = (index: number) => `/inputs/${index}`,
): ProblemError | undefined {
  const at = inputs.findIndex((input) => 'image' in input && input.image.length > imageBytes)
  return at < 0
    ? undefined
    : problemAt('image-too-large', `${pointerOf(at)}/image`, `is over the limit of ${imageBytes} bytes`)
}

const inputs: Check = ({ task, limits }) => sampleAxis(task.inputs) ?? imageSize(task.inputs, limits)

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
  return count <= limits.rows ? undefined : tooManyRows('/conditions', count, limits)
}

const wayOut = ({ jobRows }: RequestLimits): string =>
  jobRows === undefined
    ? ''
    : `, or send it with the header \`Prefer: respond-async\`, which makes it a job of up to ${jobRows} rows`

const tooManyRows = (at: string, count: number, limits: RequestLimits) =>
  problemAt(
    'too-many-rows',
    at,
    `${count} rows are over the limit of ${limits.rows}; split the request${wayOut(limits)}`,
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

/** Ranked channels are known only afterwards, so that nothing may depend on their place in the answer or on each other. */
const ranking: Check = ({ task: { conditions, init_relevance: start } }) => {
  for (const [i, { layers }] of conditions.entries()) {
    const [first, second] = layers.filter(({ concept }) => concept.kind === 'ranked')
    if (first === undefined) continue
    if (second !== undefined) {
      const detail = `a condition ranks the channels of one layer, and ${JSON.stringify(first.layer)} is ranked already`
      return problemAt('ranking-invalid', pointer('conditions', i, second.layer), detail)
    }
    if (typeof start === 'object' && start.shape[0] !== 1) {
      const detail = `has ${start.shape[0]} rows; where a condition ranks channels all rows start from the same one`
      return problemAt('ranking-invalid', '/init_relevance/shape', detail)
    }
  }
  return undefined
}

/** What can be checked without the model; the first that fails counts. */
const checks: readonly Check[] = [inputs, pairing, rows, target, ranking]

/**
 * Checks what schemas cannot say.
 * @throws ProblemError `tensor-shape-mismatch`, `image-too-large`, `pairing-mismatch`, `too-many-rows`, `target-missing`,
 *   `target-not-allowed`, `ranking-invalid`
 */
export function checkAttribution(
  task: AttributionTask,
  request: DecodedAttribution,
  limits: RequestLimits,
): void {
  for (const check of checks) {
    const problem = check({ task, request, limits })
    if (problem !== undefined) throw problem
  }
}

/** As `checkAttribution`, for predictions: rows are samples. */
export function checkPrediction({ inputs }: PredictionTask, limits: RequestLimits): void {
  const problem = sampleAxis(inputs) ?? imageSize(inputs, limits)
  if (problem !== undefined) throw problem
  if (sampleCount(inputs) > limits.rows) throw tooManyRows('/inputs', sampleCount(inputs), limits)
}
