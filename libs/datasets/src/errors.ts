import type { ErrorCode } from '@crp-serve/contracts'

/** Optional parts of a `DatasetError`. */
export interface DatasetErrorParts {
  /** JSON pointer into the request. */
  readonly pointer?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** The error of this library. Test `code`, not the class: errors cross processes by structure. */
export class DatasetError extends Error {
  readonly code: ErrorCode
  // Declared only: an absent part is no property.
  declare readonly pointer?: string
  declare readonly details?: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, parts: DatasetErrorParts = {}) {
    super(message, 'cause' in parts ? { cause: parts.cause } : undefined)
    this.name = 'DatasetError'
    this.code = code
    if (parts.pointer !== undefined) this.pointer = parts.pointer
    if (parts.details !== undefined) this.details = parts.details
  }
}

/** The `code` of an error of any library. */
export const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code
