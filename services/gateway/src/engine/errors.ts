import { fromProblem, matches, PROBLEM_TYPE, Problem, ProblemError } from '@crp-serve/contracts'
import type { Dispatcher } from 'undici'

/** The error of a worker that does not answer; its address stays out of the message. */
export const unreachable = (cause: unknown): ProblemError =>
  new ProblemError('engine-unavailable', 'The attribution worker does not answer.', { cause })

/** The error that an answer of the worker (status 400 and above) stands for. */
export async function engineProblem({
  statusCode,
  headers,
  body,
}: Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>): Promise<Error> {
  const text = await body.text()
  const problem = headers['content-type']?.includes(PROBLEM_TYPE) ? parse(text) : undefined
  return matches(Problem, problem)
    ? fromProblem(problem, seconds(headers['retry-after']))
    : new Error(`the worker answered ${statusCode} without a problem document: ${text.slice(0, 500)}`)
}

/** `Retry-After` as workers send it: in seconds. */
const seconds = (header: string | string[] | undefined): number | undefined =>
  typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : undefined

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
