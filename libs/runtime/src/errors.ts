/** What can go wrong between a request and its answer, as stable codes. */
export type RuntimeErrorCode =
  /** The child ended by itself (exit code, SIGSEGV, SIGABRT) while it held the request. */
  | 'engine-crashed'
  /** The child was ended from outside (SIGKILL, the kernel's out-of-memory killer, `close()`). */
  | 'engine-killed'
  /** The handler threw something without a code. */
  | 'engine-error'
  | 'cancelled'
  | 'deadline-exceeded'
  /** The queue is full. */
  | 'overloaded'
  /** `drain()` or `close()` was called. */
  | 'shutting-down'
  | 'unknown-method'
  | 'execution-provider-unavailable'
  | 'model-load-failed'
  | 'run-failed'
  /** A step's feeds are not exactly the model's inputs. */
  | 'feed-mismatch'
  | 'unknown-slot'
  | 'unknown-output'

/** Optional parts of a structured error. `pointer` is a JSON pointer into the request that caused it. */
export interface ErrorParts {
  readonly details?: unknown
  readonly pointer?: string
  readonly cause?: unknown
}

/** An error as data: what crosses a process boundary. */
export interface WireError extends ErrorParts {
  readonly code: string
  readonly message: string
}

/**
 * The error of this library, and the form in which a child's errors arrive in the parent. Test `code`, never the class:
 * a handler may throw the errors of any library, and their `code`, `message`, `pointer` and `details` are kept.
 */
export class RuntimeError extends Error {
  readonly code: string
  // Declared only: an absent part is no property.
  declare readonly pointer?: string
  declare readonly details?: unknown

  constructor(code: RuntimeErrorCode, message: string, parts: ErrorParts = {}) {
    super(message, 'cause' in parts ? { cause: parts.cause } : undefined)
    this.name = 'RuntimeError'
    this.code = code
    if (parts.pointer !== undefined) this.pointer = parts.pointer
    if (parts.details !== undefined) this.details = parts.details
  }
}

const codePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/**
 * Turns anything thrown into data. A string `code` in kebab-case is kept; any other error (also Node's `ENOENT` and
 * its like) becomes `engine-error` with its stack as the cause, because nobody foresaw it.
 */
export function errorToWire(thrown: unknown): WireError {
  if (!(thrown instanceof Error)) return { code: 'engine-error', message: String(thrown) }
  const { code, pointer, details } = thrown as Error & ErrorParts & { code?: unknown }
  if (typeof code !== 'string' || !codePattern.test(code)) {
    return { code: 'engine-error', message: thrown.message, cause: thrown.stack }
  }
  return {
    code,
    message: thrown.message,
    ...(pointer === undefined ? {} : { pointer }),
    ...(details === undefined ? {} : { details }),
  }
}

/** The counterpart of `errorToWire`. */
export function errorFromWire(wire: WireError): RuntimeError {
  // The code is whatever the handler's library calls it: the list above names only the codes of this library.
  return new RuntimeError(wire.code as RuntimeErrorCode, wire.message, wire)
}
