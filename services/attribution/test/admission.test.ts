import { describe, expect, it } from 'vitest'
import { Admission } from '../src/admission.ts'

/** What becomes of so many requests of a tenant: `ok`, or the code of the refusal. */
const outcomes = (admission: Admission, tenant: string, count: number, bytes = 0) =>
  Array.from({ length: count }, () => {
    try {
      admission.admit(tenant, bytes)
      return 'ok'
    } catch (error) {
      return (error as { code: string }).code
    }
  })

const admitted = (answers: readonly string[]) => answers.filter((answer) => answer === 'ok').length

describe('Admission', () => {
  it('leaves room for others, however much one asks for', () => {
    const admission = new Admission({ requests: 12, bytes: 100 })
    const first = outcomes(admission, 'noisy', 20)
    expect(admitted(first)).toBe(6)
    expect(first.slice(6)).toEqual(Array(14).fill('too-many-requests'))
    expect(admitted(outcomes(admission, 'second', 20))).toBe(3)
    expect(admitted(outcomes(admission, 'third', 1))).toBe(1)
    expect(admission.requests).toBe(10)
  })

  it('refuses everyone where it is full, by requests or by bytes', () => {
    const admission = new Admission({ requests: 3, bytes: 100 })
    for (const tenant of ['a', 'b', 'c']) expect(outcomes(admission, tenant, 1)).toEqual(['ok'])
    expect(outcomes(admission, 'd', 1)).toEqual(['overloaded'])
    const heavy = new Admission({ requests: 30, bytes: 100 })
    expect(outcomes(heavy, 'a', 1, 1000)).toEqual(['ok'])
    expect(outcomes(heavy, 'b', 1, 1)).toEqual(['overloaded'])
  })

  it('takes requests again once others are done, and says when to come back', () => {
    const admission = new Admission({ requests: 2, bytes: 100 })
    const done = admission.admit('a', 10)
    expect(() => admission.admit('a', 0)).toThrow(
      expect.objectContaining({ code: 'too-many-requests', retryAfter: 1 }),
    )
    done()
    expect(admission.requests).toBe(0)
    expect(outcomes(admission, 'a', 1, 100)).toEqual(['ok'])
  })
})
