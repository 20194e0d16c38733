import { type Issue, type Problem, ProblemError, toProblem } from '@crp-serve/contracts'

/** Turns a pointer into a request of `POST /v1/attributions` into one of the request that came. */
export type MovePointer = (pointer: string) => string

/**
 * Runs work whose errors point into a request of `POST /v1/attributions`, and lets them point into the client's own.
 * @throws what `work` throws, with other pointers
 */
export async function withPointers<T>(move: MovePointer, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw moved(error, move)
  }
}

function moved(error: unknown, move: MovePointer): unknown {
  const { code, detail, errors, details }: Problem = toProblem(error)
  if (errors === undefined || !(error instanceof ProblemError)) return error
  const issues = errors.map((issue): Issue => ({ ...issue, pointer: move(issue.pointer) }))
  const { retryAfter, cause } = error
  return new ProblemError(code, withPlace(detail, errors[0]!, issues[0]!), {
    errors: issues,
    details,
    retryAfter,
    cause,
  })
}

/** Messages often begin with their place. */
const withPlace = (detail: string, before: Issue, after: Issue): string =>
  before.pointer !== '' && detail.startsWith(before.pointer)
    ? after.pointer + detail.slice(before.pointer.length)
    : detail

/** Where the fields of an attribution stand in an inference: the input beside, all else in the parameters. */
export const inParameters =
  (input: string): MovePointer =>
  (pointer) => {
    if (/^\/inputs(\/|$)/.test(pointer)) return input
    return pointer === '' ? '' : `/parameters${pointer}`
  }
