import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteLength, decodeEnvelope, EnvelopeError, encodeEnvelope } from '../src/index.ts'

/** JSON values with byte arrays anywhere and field names that the format itself uses. */
const { message } = fc.letrec<{ message: unknown }>((tie) => ({
  message: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Object.is(x, -0) ? 0 : x)),
    fc.string(),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('message'), { maxLength: 4 }),
    fc
      .array(
        fc.tuple(
          fc.oneof(fc.string(), fc.constantFrom('$blob', '$$blob', '__proto__', 'blobs')),
          tie('message'),
        ),
        {
          maxLength: 4,
        },
      )
      .map((entries) => Object.fromEntries(entries)),
  ),
}))

const join = (chunks: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(chunks))

/** Buffers and other views compare by content. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value).map(([key, item]) => [key, plain(item)])
}

describe('envelope', () => {
  it('brings every message back', () => {
    fc.assert(
      fc.property(message, (value) => {
        const chunks = encodeEnvelope(value)
        expect(byteLength(chunks)).toBe(join(chunks).length)
        expect(plain(decodeEnvelope(join(chunks)))).toEqual(plain(value))
      }),
      { numRuns: 200 },
    )
  })

  it('aligns byte arrays to 8, wherever the envelope itself lies in memory', () => {
    fc.assert(
      fc.property(fc.array(fc.float64Array({ noNaN: true, maxLength: 9 })), fc.nat(7), (arrays, shift) => {
        const bytes = join(encodeEnvelope(arrays.map((a) => new Uint8Array(a.buffer))))
        const shifted = new Uint8Array(bytes.length + shift)
        shifted.set(bytes, shift)
        const back = decodeEnvelope<Uint8Array[]>(shifted.subarray(shift))
        const floats = back.map((b) => new Float64Array(b.buffer, b.byteOffset, b.length / 8))
        expect(floats.map((f) => [...f])).toEqual(arrays.map((a) => [...a]))
      }),
    )
  })

  it('does not copy the byte arrays that it sends', () => {
    const bytes = new Uint8Array(64)
    expect(encodeEnvelope({ bytes })).toContain(bytes)
  })

  it('refuses bytes that are no envelope, whatever they are', () => {
    const good = join(encodeEnvelope({ a: new Uint8Array([1, 2, 3]), b: 'text' }))
    for (let end = 0; end < good.length - 5; end++)
      expect(() => decodeEnvelope(good.slice(0, end))).toThrow(EnvelopeError)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeEnvelope(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(EnvelopeError)
        }
      }),
    )
  })

  it('refuses a reference to a blob that is not there', () => {
    const header = Buffer.from(JSON.stringify({ message: { $blob: 3 }, blobs: [] }))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(header.length)
    expect(() => decodeEnvelope(Buffer.concat([length, header]))).toThrow('there is no blob 3')
  })
})
