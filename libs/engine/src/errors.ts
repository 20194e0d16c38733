import { type ErrorCode, type Issue, isErrorCode, ProblemError } from '@crp-serve/contracts'

/** Optional parts of an `EngineError`. */
export interface ErrorParts {
  /** JSON pointer into the request or the metadata. */
  readonly pointer?: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** An error on its way out of a tool process: what crosses a process boundary is its structure. */
export class EngineError extends Error {
  readonly code: ErrorCode
  // Declared only: an absent part is no property.
  declare readonly pointer?: string
  declare readonly details?: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, parts: ErrorParts = {}) {
    super(message)
    this.name = 'EngineError'
    this.code = code
    Object.assign(this, parts)
  }
}

/** Errors of the libraries whose codes mean something else, or something more general, to a client. */
const translations: Readonly<Record<string, ErrorCode>> = {
  'input-size-wrong': 'tensor-shape-mismatch',
  'input-size-needed': 'tensor-shape-mismatch',
  'shape-mismatch': 'tensor-shape-mismatch',
  'layer-order-invalid': 'layer-not-reachable',
  'layer-not-connected': 'layer-not-reachable',
  'unknown-output': 'model-invalid',
}

interface CodedError {
  readonly code?: unknown
  readonly message: string
  readonly pointer?: string
  readonly errors?: readonly Issue[]
  readonly details?: Readonly<Record<string, unknown>>
}

/** Errors whose details say where files lie on this machine. */
const withPaths: readonly ErrorCode[] = ['model-load-failed', 'run-failed']

function issuesOf({ pointer, message, errors = [], details }: CodedError): readonly Issue[] {
  if (errors.length > 0 || pointer === undefined) return errors
  const suggestions = details?.['suggestions'] as string[] | undefined
  return [{ pointer, detail: message, ...(suggestions ? { suggestions: [...suggestions] } : {}) }]
}

/**
 * An error of any library, or of a child process, as one of the error table. Paths below the data folder are cut out of
 * its message. One whose code is in neither table is a defect and stays as it is.
 */
export function asProblem(thrown: unknown, dataDir: string): unknown {
  if (!(thrown instanceof Error)) return thrown
  const error = thrown as CodedError & Error
  const code = typeof error.code === 'string' ? (translations[error.code] ?? error.code) : undefined
  if (!isErrorCode(code)) return thrown
  if (thrown instanceof ProblemError && code === thrown.code) return thrown
  const secret = withPaths.includes(code)
  return new ProblemError(code, secret ? error.message.replaceAll(`${dataDir}/`, '') : error.message, {
    errors: issuesOf(error),
    details: secret ? undefined : error.details,
    cause: thrown,
  })
}

/** Runs work whose errors leave the engine. */
export async function reporting<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asProblem(error, dataDir)
  }
}

/** Adds the place in the request to a coded error that has none. */
export function at(pointer: string, error: unknown): unknown {
  if (!(error instanceof Error) || (error as CodedError).pointer !== undefined) return error
  return Object.assign(error, { pointer })
}
