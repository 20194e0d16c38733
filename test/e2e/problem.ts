import type { Schemas } from '@crp-serve/client'
import { expect } from 'vitest'

/** What a refusal must say. */
export interface Refusal {
  readonly status: number
  readonly code: Schemas['Problem']['code']
  /** JSON pointer of the first finding; absent where the problem is not about one place. */
  readonly pointer?: string
  /** A name that must be among those proposed for it. */
  readonly suggestion?: string
}

/** Checks an answer against RFC 9457, the API's conventions and what is expected of it. */
export async function expectProblem(answer: Response, expected: Refusal): Promise<Schemas['Problem']> {
  const text = await answer.text()
  expect({ status: answer.status, text }).toMatchObject({ status: expected.status })
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json\b/)
  const problem = JSON.parse(text) as Schemas['Problem']
  const { status, code } = expected
  expect(problem).toMatchObject({ type: `/problems/${code}`, status, code })
  expect(problem.title).not.toBe('')
  expect(problem.detail).not.toBe('')
  expect(problem.instance).toBe(new URL(answer.url).pathname)
  expect(problem.request_id).toBe(answer.headers.get('x-request-id'))
  expect(problem.errors?.[0]?.pointer, text).toBe(expected.pointer)
  if (expected.suggestion !== undefined)
    expect(problem.errors?.[0]?.suggestions, text).toContain(expected.suggestion)
  return problem
}
