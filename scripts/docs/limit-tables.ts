import { readFile } from 'node:fs/promises'
import { maxHeaderSize } from 'node:http'
import { describeConfig } from '@crp-serve/config'
import { type ErrorCode, errorKind, PROBLEM_TYPE, pageLimits, schemaLimits } from '@crp-serve/contracts'
import { code, table } from './tables.ts'

const root = new URL('../../', import.meta.url)

/** A limit: what it counts, how much there may be, and the error beyond it. */
interface Limit {
  readonly what: string
  /** Name of the variable that sets it, or words where nothing does. */
  readonly set: string
  readonly error: ErrorCode
}

const fixed = (count: number): string => `${count.toLocaleString('en')}, always`

const limits: readonly Limit[] = [
  {
    what: 'bytes of the request line and the headers',
    set: fixed(maxHeaderSize),
    error: 'headers-too-large',
  },
  { what: 'bytes of a body, after decompression', set: 'MAX_BODY_BYTES', error: 'body-too-large' },
  { what: 'bytes of a model with its external data', set: 'MAX_MODEL_BYTES', error: 'model-too-large' },
  {
    what: 'bytes of the archive of a data set, and of what it holds',
    set: 'MAX_DATASET_BYTES',
    error: 'dataset-too-large',
  },
  {
    what: 'bytes of the archive of an imported run, and of what it holds',
    set: 'MAX_DATASET_BYTES',
    error: 'body-too-large',
  },
  {
    what: 'milliseconds for a body to arrive, uploads excepted',
    set: 'BODY_TIMEOUT_MS',
    error: 'request-timeout',
  },
  { what: 'parts of a multipart body', set: fixed(schemaLimits.inputs + 1), error: 'malformed-multipart' },
  { what: 'bytes of an encoded image', set: 'MAX_IMAGE_BYTES', error: 'image-too-large' },
  { what: 'pixels of an image', set: 'MAX_IMAGE_PIXELS', error: 'image-too-large' },
  { what: 'elements of a tensor', set: 'as many as go into the body', error: 'body-too-large' },
  { what: 'axes of a tensor', set: fixed(schemaLimits.tensorRank), error: 'validation-failed' },
  { what: 'inputs', set: fixed(schemaLimits.inputs), error: 'validation-failed' },
  { what: 'conditions', set: fixed(schemaLimits.conditions), error: 'validation-failed' },
  {
    what: 'directions of a condition at a layer',
    set: fixed(schemaLimits.directions),
    error: 'validation-failed',
  },
  { what: 'levels of an attribution graph', set: fixed(schemaLimits.levels), error: 'validation-failed' },
  { what: 'channels that a condition ranks', set: fixed(schemaLimits.ranked), error: 'validation-failed' },
  {
    what: 'rows: samples times conditions, one that ranks k channels k times',
    set: 'MAX_ROWS',
    error: 'too-many-rows',
  },
  { what: 'rows of a request that becomes a job', set: 'MAX_JOB_ROWS', error: 'too-many-rows' },
  { what: 'pictures on a page of references', set: fixed(pageLimits.pictures), error: 'too-many-rows' },
  { what: 'pixels of a page of references', set: fixed(pageLimits.pixels), error: 'render-invalid' },
  { what: 'milliseconds for an answer', set: 'REQUEST_TIMEOUT_MS', error: 'deadline-exceeded' },
  { what: 'requests of a client in a minute', set: 'RATE_LIMIT_PER_MINUTE', error: 'rate-limited' },
  {
    what: 'requests that one client has at a worker',
    set: 'a share of `QUEUE_LIMIT` and `QUEUE_BYTES`',
    error: 'too-many-requests',
  },
  { what: 'requests at a worker', set: 'QUEUE_LIMIT', error: 'overloaded' },
  { what: 'bytes of the bodies at a worker', set: 'QUEUE_BYTES', error: 'overloaded' },
]

const variables = new Map(describeConfig().map((row) => [row.name, row]))

/** What sets a limit: a variable with its default, or the words for it. */
function setBy(set: string): string {
  const variable = variables.get(set)
  if (variable !== undefined) return `${code(set)} (${variable.default})`
  if (/^[A-Z_]+$/.test(set)) throw new Error(`there is no variable ${set}`)
  return set
}

const answer = (error: ErrorCode): string => `${errorKind(error).status} ${code(error)}`

/** Every limit with what sets it, and the answer beyond it. */
export const limitTable = (): string[] =>
  table([
    ['limit', 'set by', 'answer'],
    ...limits.map(({ what, set, error }) => [what, setBy(set), answer(error)]),
  ])

/** The columns of the table of routes: errors that stand for a kind of limit. */
const columns: Readonly<Record<string, readonly ErrorCode[]>> = {
  body: ['body-too-large', 'model-too-large', 'dataset-too-large'],
  images: ['image-too-large'],
  rows: ['too-many-rows'],
  'time of the answer': ['deadline-exceeded'],
  turns: ['too-many-requests', 'overloaded'],
  'requests a minute': ['rate-limited'],
}

interface Operation {
  readonly responses: Readonly<Record<string, { content?: Record<string, { examples?: object }> }>>
}

/** The codes that an operation of the OpenAPI document answers with. */
const codesOf = ({ responses }: Operation): string[] =>
  Object.values(responses).flatMap(({ content }) => Object.keys(content?.[PROBLEM_TYPE]?.examples ?? {}))

function cellsOf(operation: Operation): string[] {
  const codes = codesOf(operation)
  return Object.values(columns).map((errors) =>
    errors
      .filter((error) => codes.includes(error))
      .map(code)
      .join(', '),
  )
}

/** What limits each route of the committed OpenAPI document. */
export async function routeLimitTable(): Promise<string[]> {
  const text = await readFile(new URL('openapi/openapi.json', root), 'utf8')
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Operation>> }
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => [
      code(`${method.toUpperCase()} ${path}`),
      ...cellsOf(operation),
    ]),
  )
  return table([['route', ...Object.keys(columns)], ...rows])
}
