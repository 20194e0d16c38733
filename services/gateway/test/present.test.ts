import { encodeBase64 } from '@crp-serve/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonOf } from '../src/present.ts'

const read = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString())

describe('jsonOf', () => {
  it('puts base64 where bytes stand, whatever else is in the message', () => {
    const { memo } = fc.letrec((tie) => ({
      memo: fc.oneof(
        { maxDepth: 3 },
        fc.uint8Array({ maxLength: 50 }),
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constant(null),
        fc.array(tie('memo'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'binary' }), tie('memo'), { maxKeys: 4 }),
      ),
    }))
    const plain = (value: unknown): unknown => {
      if (value instanceof Uint8Array) return encodeBase64(value)
      if (Array.isArray(value)) return value.map(plain)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
    }
    fc.assert(
      fc.property(memo, (value) => {
        expect(jsonOf(value, 'base64').toString()).toBe(JSON.stringify(plain(value)))
      }),
      { seed: 5, numRuns: 500 },
    )
  })

  it('shows tensors in either encoding', () => {
    const data = new Uint8Array(Float32Array.of(1.5, Number.NaN).buffer)
    const message = { relevance: { shape: [2], datatype: 'FP32', data }, label: 'Köpfe' }
    expect(read(jsonOf(message, 'base64'))).toEqual({
      relevance: { shape: [2], datatype: 'FP32', base64: encodeBase64(data) },
      label: 'Köpfe',
    })
    expect(read(jsonOf(message, 'json'))).toEqual({
      relevance: { shape: [2], datatype: 'FP32', data: [1.5, null] },
      label: 'Köpfe',
    })
  })
})
