import { ProblemError, problemAt } from '@crp-serve/contracts'
import type { FastifyRequest } from 'fastify'

/** Header in which a client says how long it waits. */
const TIMEOUT_HEADER = 'request-timeout'

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, '': 1000, m: 60_000 }

/** Milliseconds of `30`, `1.5` (seconds), `30s`, `500ms` or `2m`; undefined for anything else, and for nothing above 0. */
export function parseTimeout(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?) ?(ms|s|m)?$/.exec(text.trim())
  const milliseconds = match ? Number(match[1]) * units[match[2] ?? '']! : 0
  return milliseconds > 0 ? milliseconds : undefined
}

/**
 * Milliseconds that a request may take: what its `request-timeout` header says, at most the limit of the service.
 * @throws ProblemError `validation-failed` where the header says nothing sensible
 */
export function timeoutOf(request: FastifyRequest, limitMs: number): number {
  const given = request.headers[TIMEOUT_HEADER]
  if (given === undefined) return limitMs
  const timeout = parseTimeout(String(given))
  if (timeout !== undefined) return Math.min(timeout, limitMs)
  const detail = `is ${JSON.stringify(given)}; send seconds such as 30 or 0.5, or a number with a unit: 500ms, 30s, 2m`
  throw problemAt('validation-failed', `/headers/${TIMEOUT_HEADER}`, detail)
}

export const lateness = (timeoutMs: number): ProblemError =>
  new ProblemError('deadline-exceeded', `There was no answer within ${Math.round(timeoutMs)} ms.`)
