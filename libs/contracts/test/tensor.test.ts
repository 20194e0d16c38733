import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeTensor, encodeTensor, type Tensor } from '../src/index.ts'
import { decodeBase64 } from '../src/wire/base64.ts'
import { halfBits, halfValue } from '../src/wire/elements.ts'

const codeOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    return (error as { code?: string; errors?: { pointer: string }[] }).errors?.map(
      ({ pointer }) => `${(error as { code?: string }).code} ${pointer}`,
    )
  }
  return undefined
}

describe('tensors', () => {
  it.each([
    ['FP32', fc.float({ noNaN: true, noDefaultInfinity: true })],
    ['FP64', fc.double({ noNaN: true, noDefaultInfinity: true })],
    ['INT8', fc.integer({ min: -128, max: 127 })],
    ['UINT16', fc.integer({ min: 0, max: 65535 })],
    ['INT32', fc.integer()],
    ['INT64', fc.maxSafeInteger()],
    ['UINT64', fc.maxSafeNat()],
    ['BOOL', fc.boolean()],
  ] as const)('%s survives data -> bytes -> base64 -> bytes -> data', (datatype, value) => {
    const values: fc.Arbitrary<number | boolean> = value
    fc.assert(
      fc.property(fc.array(values, { maxLength: 20 }), (data) => {
        const binary = decodeTensor({ shape: [data.length], datatype, data }, '')
        const base64 = encodeTensor(binary, 'base64') as Tensor
        // -0 travels as 0 in JSON, which is its equal.
        const back = encodeTensor(decodeTensor(base64, ''), 'json') as { data: (number | boolean)[] }
        expect(back.data.map((x) => (x === 0 ? 0 : x))).toEqual(data.map((x) => (x === 0 ? 0 : x)))
      }),
    )
  })

  it('is little-endian and row-major', () => {
    const { data } = decodeTensor({ shape: [2], datatype: 'FP32', data: [1, -2] }, '')
    expect([...data]).toEqual([0, 0, 128, 63, 0, 0, 0, 192])
  })

  it.each<[string, Tensor, string]>([
    [
      'too few values',
      { shape: [2, 2], datatype: 'FP32', data: [1, 2, 3] },
      'tensor-malformed /inputs/0/tensor/data',
    ],
    [
      'too few bytes',
      { shape: [2], datatype: 'FP32', base64: 'AAAA' },
      'tensor-malformed /inputs/0/tensor/base64',
    ],
    [
      'bad base64',
      { shape: [1], datatype: 'FP32', base64: 'AA-AAA==' },
      'tensor-malformed /inputs/0/tensor/base64',
    ],
    [
      'NaN',
      { shape: [1], datatype: 'FP32', base64: 'AADAfw==' },
      'tensor-not-finite /inputs/0/tensor/base64',
    ],
    ['overflow', { shape: [1], datatype: 'FP32', data: [1e39] }, 'tensor-not-finite /inputs/0/tensor/data/0'],
    [
      'fraction',
      { shape: [2], datatype: 'INT32', data: [1, 1.5] },
      'tensor-malformed /inputs/0/tensor/data/1',
    ],
    [
      'wrap-around',
      { shape: [1], datatype: 'UINT8', data: [256] },
      'tensor-malformed /inputs/0/tensor/data/0',
    ],
    [
      'a shape beyond all memory',
      { shape: [2 ** 31, 2 ** 31], datatype: 'FP32', data: [] },
      'tensor-malformed /inputs/0/tensor/data',
    ],
  ])('refuses %s', (_, tensor, finding) => {
    expect(codeOf(() => decodeTensor(tensor, '/inputs/0/tensor'))).toEqual([finding])
  })

  it('writes null for what is not finite', () => {
    const data = new Uint8Array(new Float32Array([Number.NaN, Number.POSITIVE_INFINITY, 1]).buffer)
    expect(encodeTensor({ shape: [3], datatype: 'FP32', data }, 'json')).toMatchObject({
      data: [null, null, 1],
    })
  })
})

describe('base64', () => {
  it('decodes what Node encodes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect([...decodeBase64(Buffer.from(bytes).toString('base64'))!]).toEqual([...bytes])
      }),
    )
  })

  it.each(['A', 'AA', 'AAA', 'A===', '=AAA', 'AA=A', 'AA==AAAA', 'AA A', 'AA-_', 'AAA\n', 'data:AA=='])(
    'refuses %j',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined()
    },
  )
})

it('refuses base64 with any other character in any place, also one whose low byte would be of the alphabet', () => {
  const foreign = fc.constantFrom(
    '-',
    '_',
    ' ',
    '\n',
    '=',
    '\u0000',
    '\u00e9',
    '\u0141',
    '\u013d',
    '\ud83d\ude00',
  )
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 3, maxLength: 40 }), foreign, fc.nat(), (bytes, other, n) => {
      const text = Buffer.from(bytes).toString('base64')
      const place = n % (text.length - 3)
      for (const removed of [0, 1, other.length])
        expect(decodeBase64(text.slice(0, place) + other + text.slice(place + removed))).toBeUndefined()
    }),
    { seed: 3, numRuns: 1000 },
  )
})

describe('binary16', () => {
  it('gives every one of the 63488 finite values back', () => {
    const all = Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) =>
      Number.isFinite(halfValue(bits)),
    )
    expect(all).toHaveLength(63488)
    expect(all.filter((bits) => halfBits(halfValue(bits)) !== bits)).toEqual([])
  })

  it('rounds to the nearest value, ties to even', () => {
    const finite = Array.from({ length: 0x7c00 }, (_, bits) => halfValue(bits))
    fc.assert(
      fc.property(fc.double({ min: 0, max: 65503, noNaN: true }), (x) => {
        const bits = halfBits(x)
        const gap = Math.abs(finite[bits]! - x)
        for (const other of [bits - 1, bits + 1].filter((b) => b >= 0 && b < finite.length)) {
          const otherGap = Math.abs(finite[other]! - x)
          expect(gap < otherGap || (gap === otherGap && bits % 2 === 0)).toBe(true)
        }
      }),
    )
    expect(halfBits(65520)).toBe(0x7c00)
    expect(halfBits(-65519)).toBe(0xfbff)
    expect(halfBits(0)).toBe(0)
    expect(halfBits(-0)).toBe(0x8000)
  })
})
