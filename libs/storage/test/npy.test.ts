import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import {
  type NpyType,
  readNpy,
  readNpz,
  storedZip,
  type Tensor,
  type TensorData,
  writeNpy,
  writeNpz,
} from '../src/index.ts'

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)))

const arrays: Record<string, Tensor & { type: NpyType }> = {
  float32: {
    type: 'float32',
    shape: [2, 3],
    data: Float32Array.of(0.5, -1.25, 3e38, Number.POSITIVE_INFINITY, -0, 1e-45),
  },
  float64: { type: 'float64', shape: [7], data: Float64Array.from({ length: 7 }, (_, i) => -1 + i / 3) },
  int32: { type: 'int32', shape: [1, 2, 1], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  int64: { type: 'int64', shape: [3], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n) },
  uint8: { type: 'uint8', shape: [2, 3], data: Uint8Array.of(0, 1, 2, 3, 4, 5) },
  bool: { type: 'bool', shape: [2, 2], data: Uint8Array.of(1, 0, 0, 1) },
  scalar: { type: 'float64', shape: [], data: Float64Array.of(2.5) },
  empty: { type: 'float32', shape: [0, 3], data: new Float32Array() },
}
// numpy.linspace does not round as -1 + i / 3 does.
arrays['float64']!.data.set(readNpy(fixture('float64.npy')).data as Float64Array & BigInt64Array)

const code = (value: string) => expect.objectContaining({ code: value }) as Error

describe('readNpy and writeNpy', () => {
  it.each(Object.entries(arrays))('read and write %s as NumPy does', (name, array) => {
    expect(readNpy(fixture(`${name}.npy`))).toEqual(array)
    expect(writeNpy(array, array.type)).toEqual(fixture(`${name}.npy`))
  })

  it('read the bytes of a Node.js Buffer too', () => {
    const array = readNpy(Buffer.from(fixture('int64.npy')))
    expect(array).toEqual(arrays['int64'])
    expect(array.data.byteOffset).toBe(0)
  })

  it.each(['version2.npy', 'version3.npy'])('reads %s', (name) => {
    expect(readNpy(fixture(name))).toEqual(arrays['float64'])
  })

  it('reads out of a Buffer, which may lie in a pool that others share', () => {
    const pooled = Buffer.from(writeNpy({ shape: [2], data: Float32Array.of(1, 2) }))
    expect([...readNpy(pooled).data]).toEqual([1, 2])
  })

  it('reads at any alignment and gives a copy', () => {
    const file = fixture('float32.npy')
    const shifted = new Uint8Array(file.length + 3)
    shifted.set(file, 3)
    const read = readNpy(shifted.subarray(3))
    shifted.fill(0)
    expect(read).toEqual(arrays['float32'])
  })

  it('gives back any tensor', () => {
    const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
    const data = (length: number): fc.Arbitrary<TensorData> => {
      const exactly = { minLength: length, maxLength: length }
      return fc.oneof(
        fc.float32Array(exactly),
        fc.float64Array(exactly),
        fc.int32Array(exactly),
        fc.bigInt64Array(exactly),
        fc.uint8Array(exactly),
      )
    }
    const tensor = shape.chain((s) => data(s.reduce((a, b) => a * b, 1)).map((d) => ({ shape: s, data: d })))
    fc.assert(
      fc.property(tensor, (t) => {
        expect(readNpy(writeNpy(t))).toMatchObject(t)
      }),
    )
  })

  it('writes version 2 where the header needs it', () => {
    const shape = new Array<number>(30_000).fill(1)
    const file = writeNpy({ shape, data: Float32Array.of(7) })
    expect([file[6], file.length % 64]).toEqual([2, 4])
    expect(readNpy(file)).toEqual({ type: 'float32', shape, data: Float32Array.of(7) })
  })

  it.each([
    ['fortran.npy', /Fortran order/],
    ['big_endian.npy', /'>f8'/],
    ['object.npy', /'\|O'/],
    ['float16.npy', /'<f2'/],
    ['record.npy', /\[\('a', '<f4'\)/],
  ])('refuses %s and says why', (name, message) => {
    expect(() => readNpy(fixture(name))).toThrow(code('npy-not-supported'))
    expect(() => readNpy(fixture(name))).toThrow(message)
  })

  it('refuses a file cut anywhere', () => {
    const file = fixture('float32.npy')
    for (let length = 0; length < file.length; length++) {
      expect(() => readNpy(file.subarray(0, length)), `${length} bytes`).toThrow(
        code(length < 6 ? 'npy-invalid' : 'npy-truncated'),
      )
    }
  })

  it('refuses bytes after the data, other files, other versions and broken headers', () => {
    const file = fixture('float32.npy')
    expect(() => readNpy(Buffer.concat([file, Buffer.of(0)]))).toThrow(code('npy-invalid'))
    expect(() => readNpy(Buffer.from('PK\x03\x04 no array at all'))).toThrow(code('npy-invalid'))
    expect(() => readNpy(file.with(6, 9))).toThrow(code('npy-not-supported'))
    expect(() => readNpy(file.with(12, 0x78))).toThrow(code('npy-invalid'))
  })

  it('refuses a shape whose product is beyond the file', () => {
    const text = Buffer.from(fixture('float64.npy'))
      .toString('latin1')
      .replace('(7,)', '(9999999999999, 9999999999999)')
    expect(() => readNpy(Buffer.from(text, 'latin1'))).toThrow(code('npy-truncated'))
  })

  it('refuses to write what does not fit together', () => {
    expect(() => writeNpy({ shape: [2], data: Float32Array.of(1) })).toThrow(code('npy-invalid'))
    expect(() => writeNpy({ shape: [1], data: Float32Array.of(1) }, 'bool')).toThrow(code('npy-invalid'))
  })
})

describe('readNpz and writeNpz', () => {
  it('read what NumPy wrote, stored and compressed', () => {
    expect(readNpz(fixture('arrays.npz'), 1e6)).toEqual({
      'relevance/features.27': arrays['float32'],
      index: arrays['int64'],
    })
    const { zeros, index } = readNpz(fixture('compressed.npz'), 1e6)
    expect(zeros).toEqual({ type: 'float32', shape: [100, 100], data: new Float32Array(10_000) })
    expect(index).toEqual(arrays['int64'])
  })

  it('give back arrays and plain files, the same bytes every time', () => {
    const entries = { 'relevance/features.27': arrays['float32']!, 'meta.json': Buffer.from('{}') }
    const file = writeNpz(entries)
    expect(readNpz(file, 1e6)).toEqual({ ...entries, 'meta.json': new Uint8Array(entries['meta.json']) })
    expect(writeNpz(entries)).toEqual(file)
  })

  it('makes archives that others read, with the checksums of the format', () => {
    const text = (bytes: string) => new Uint8Array(Buffer.from(bytes))
    const files = [
      { name: 'digits', parts: [text('1234'), text(''), text('56789')] },
      { name: 'Ebene 3/Größe.txt', parts: [text('x')] },
      { name: 'nothing', parts: [] },
    ]
    const archive = Buffer.concat(storedZip(files))
    expect(unzipSync(archive)).toEqual({
      digits: text('123456789'),
      'Ebene 3/Größe.txt': text('x'),
      nothing: text(''),
    })
    // The check value of CRC-32/ISO-HDLC, in the local header and in the directory.
    const places = [14, archive.lastIndexOf('digits') - 46 + 16]
    expect(places.map((at) => archive.readUInt32LE(at))).toEqual([0xcbf43926, 0xcbf43926])
  })

  it('refuses archives that would need zip64 before it reads them', () => {
    const half = new Uint8Array(2 ** 31)
    const tooLarge = [{ name: 'x', parts: [half, half] }]
    expect(() => storedZip(tooLarge)).toThrow(code('npz-too-large'))
    const tooMany = Array.from({ length: 2 ** 16 - 1 }, () => ({ name: 'x', parts: [] }))
    expect(() => storedZip(tooMany)).toThrow(code('npz-too-large'))
  })

  it('refuse more than the reader allows before decompressing', () => {
    expect(() => readNpz(fixture('compressed.npz'), 40_000)).toThrow(code('npz-too-large'))
    expect(readNpz(fixture('compressed.npz'), 41_000)).toHaveProperty('zeros')
  })

  it('refuse what is no zip, or is cut', () => {
    expect(() => readNpz(Buffer.from('not a zip'), 1e6)).toThrow(code('npz-invalid'))
    const file = fixture('arrays.npz')
    for (const length of [0, 30, file.length >> 1, file.length - 1]) {
      expect(() => readNpz(file.subarray(0, length), 1e6), `${length}`).toThrow(code('npz-invalid'))
    }
  })
})
