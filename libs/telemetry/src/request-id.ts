import { randomUUID } from 'node:crypto'

const acceptable = /^[A-Za-z0-9._-]{1,128}$/

/**
 * The id of a request: the caller's own `x-request-id` where it is harmless in a log and a header (letters, digits,
 * `.`, `_`, `-`, at most 128), else a new UUID.
 */
export function requestId(given: string | readonly string[] | undefined): string {
  return typeof given === 'string' && acceptable.test(given) ? given : randomUUID()
}
