import { readFileSync } from 'node:fs'

/** A NumPy array: row-major numbers (int64 as numbers, exact up to 2^53) with NumPy's name of the element type. */
export interface NumpyArray {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data: Float64Array
}

const readers: Readonly<Record<string, (view: DataView, i: number) => number>> = {
  '<f4': (view, i) => view.getFloat32(4 * i, true),
  '<f8': (view, i) => view.getFloat64(8 * i, true),
  '<i8': (view, i) => Number(view.getBigInt64(8 * i, true)),
  '<i4': (view, i) => view.getInt32(4 * i, true),
  '|u1': (view, i) => view.getUint8(i),
  '|b1': (view, i) => view.getUint8(i),
}

/**
 * Reads a .npy file of version 1 (NumPy Enhancement Proposal 1). Kept apart from the product's reader so that the
 * expected numbers of the tests do not pass through code under test. Throws for other layouts and types.
 */
export function readNumpy(path: string): NumpyArray {
  const bytes = readFileSync(path)
  const length = bytes.readUInt16LE(8)
  const header = bytes.toString('latin1', 10, 10 + length)
  const dtype = /'descr': '([^']+)'/.exec(header)?.[1] ?? ''
  const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1]?.match(/\d+/g)?.map(Number) ?? []
  const read = readers[dtype]
  if (bytes[6] !== 1 || !read || !header.includes("'fortran_order': False")) {
    throw new Error(`${path}: no row-major .npy of version 1 with a known type: ${header}`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + 10 + length)
  const count = shape.reduce((a, b) => a * b, 1)
  return { dtype, shape, data: Float64Array.from({ length: count }, (_, i) => read(view, i)) }
}
