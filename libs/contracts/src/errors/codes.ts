import { invalid } from './invalid.ts'
import type { ErrorKind } from './kind.ts'
import { rejected } from './rejected.ts'
import { unanswered } from './unanswered.ts'

/**
 * Every error that the service can answer with. Problem documents, `/problems`, `openapi/errors.md` and the
 * responses in `openapi/openapi.json` come from this table; a library's error crosses into HTTP by its `code`.
 *
 * 400 is for bytes that cannot be read as HTTP, JSON or multipart; whatever can be read but means nothing
 * sensible is 422.
 */
export const errorTable = { ...rejected, ...invalid, ...unanswered } as const satisfies Record<
  string,
  ErrorKind
>

/** A code of the error table. */
export type ErrorCode = keyof typeof errorTable

/** All codes, in the order of the table. */
export const errorCodes = Object.keys(errorTable) as ErrorCode[]

/** The table's row of a code. */
export const errorKind = (code: ErrorCode): ErrorKind => errorTable[code]

/** Whether a string is a code of the error table. */
export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(errorTable, code)
