import { type Static, Type } from 'typebox'
import { type ErrorCode, errorCodes, errorKind, isErrorCode } from './codes.ts'

/** One finding about one place of a request. */
export const Issue = Type.Object(
  {
    pointer: Type.String({ description: 'JSON pointer (RFC 6901) into the request; empty for all of it.' }),
    detail: Type.String({ description: 'What is wrong there, and what would be right.' }),
    suggestions: Type.Optional(Type.Array(Type.String(), { description: 'The nearest valid names.' })),
  },
  { title: 'Issue' },
)
export type Issue = Static<typeof Issue>

/** An error answer: RFC 9457 with the extension members `code`, `request_id`, `errors` and `details`. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'URI reference of the kind of problem: `/problems/<code>`.' }),
    title: Type.String({ description: 'Summary of the kind of problem.' }),
    status: Type.Integer({ description: 'HTTP status.' }),
    detail: Type.String({ description: 'What is wrong in this request.' }),
    instance: Type.Optional(Type.String({ description: 'Path of the request.' })),
    code: Type.Enum(errorCodes, { description: 'Stable code; the table is at `/problems`.' }),
    request_id: Type.Optional(Type.String({ description: 'The `x-request-id` of the answer.' })),
    error: Type.Optional(
      Type.String({
        description:
          'The same as `detail`, where clients of the Open Inference Protocol and of KServe look for it.',
      }),
    ),
    errors: Type.Optional(Type.Array(Issue, { description: 'Each place of the request that is wrong.' })),
    details: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Figures and names that belong to the code.',
      }),
    ),
  },
  { title: 'Problem' },
)
export type Problem = Static<typeof Problem>

/** What an error carries beside its code and message. */
export interface ProblemOptions {
  readonly errors?: readonly Issue[] | undefined
  readonly details?: Readonly<Record<string, unknown>> | undefined
  /** Seconds for `Retry-After`; the table's value by default. */
  readonly retryAfter?: number | undefined
  readonly cause?: unknown
}

/** An error with a code of the table, as both services throw it. The message becomes the problem's `detail`. */
export class ProblemError extends Error {
  readonly code: ErrorCode
  readonly errors: readonly Issue[]
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ProblemError'
    this.code = code
    this.errors = options.errors ?? []
    this.details = options.details
    this.retryAfter = options.retryAfter ?? errorKind(code).retryAfter
  }
}

/** A `ProblemError` about one place of the request. */
export function problemAt(
  code: ErrorCode,
  pointer: string,
  detail: string,
  suggestions?: readonly string[],
): ProblemError {
  const issue = { pointer, detail, ...(suggestions?.length ? { suggestions: [...suggestions] } : {}) }
  return new ProblemError(code, pointer === '' ? detail : `${pointer}: ${detail}`, { errors: [issue] })
}

/** What the errors of the libraries share; they are recognised by these fields, not by class. */
interface CodedError {
  readonly code: ErrorCode
  readonly message: string
  readonly pointer?: string
  readonly suggestions?: readonly string[]
  readonly errors?: readonly Issue[]
  readonly details?: Readonly<Record<string, unknown>>
}

const isCoded = (error: unknown): error is CodedError =>
  typeof error === 'object' && error !== null && isErrorCode((error as { code?: unknown }).code)

/** The findings of a coded error: its own list, else one made of its pointer and suggestions. */
function issuesOf(error: CodedError): Issue[] {
  if (error.errors !== undefined && error.errors.length > 0) return [...error.errors]
  const suggestions = error.suggestions ?? (error.details?.['suggestions'] as string[] | undefined)
  if (error.pointer === undefined && suggestions === undefined) return []
  const issue = { pointer: error.pointer ?? '', detail: error.message }
  return [suggestions === undefined ? issue : { ...issue, suggestions: [...suggestions] }]
}

/** Which request a problem belongs to. */
export interface ProblemContext {
  readonly instance?: string
  readonly requestId?: string
}

/**
 * The problem document of any error. An error whose `code` is not in the table is a defect: it becomes `internal`,
 * and its message stays in the logs.
 */
export function toProblem(error: unknown, context: ProblemContext = {}): Problem {
  const coded = isCoded(error)
  const code = coded ? error.code : 'internal'
  const { status, title } = errorKind(code)
  const errors = coded ? issuesOf(error) : []
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail: coded ? error.message : 'The service failed to answer this request.',
    ...(context.instance === undefined ? {} : { instance: context.instance }),
    code,
    ...(context.requestId === undefined ? {} : { request_id: context.requestId }),
    ...(errors.length === 0 ? {} : { errors }),
    ...(coded && error.details !== undefined ? { details: { ...error.details } } : {}),
  }
}

/** Seconds for the `Retry-After` header of an error, where there is one. */
export function retryAfter(error: unknown): number | undefined {
  if (!isCoded(error)) return undefined
  return (error as { retryAfter?: number }).retryAfter ?? errorKind(error.code).retryAfter
}

/**
 * The error that a problem document of another process describes; it keeps code, detail, findings and details.
 * @param retryAfter seconds of the header that came with it
 */
export function fromProblem(problem: Problem, retryAfter?: number): ProblemError {
  const { code, detail, errors, details } = problem
  return new ProblemError(code, detail, { errors, details, retryAfter })
}
