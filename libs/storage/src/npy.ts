/**
 * NumPy's .npy format (NEP 1 and numpy.lib.format): versions 1.0, 2.0 and 3.0 are read, the smallest that holds the
 * header is written. Little-endian arrays in C order; the machine must be little-endian too.
 */
import { StorageError } from './errors.ts'
import type { Tensor, TensorData } from './tensor.ts'

/** The types that are read and written, by NumPy's names. */
export type NpyType = 'float32' | 'float64' | 'int32' | 'int64' | 'uint8' | 'bool'

/** A tensor with the type that its file says; `bool` has data of 0 and 1. */
export interface NpyArray extends Tensor {
  readonly type: NpyType
}

interface TypeEntry {
  readonly descr: string
  readonly array: new (buffer: ArrayBuffer) => TensorData
  readonly bytes: number
}

const types: Record<NpyType, TypeEntry> = {
  float32: { descr: '<f4', array: Float32Array, bytes: 4 },
  float64: { descr: '<f8', array: Float64Array, bytes: 8 },
  int32: { descr: '<i4', array: Int32Array, bytes: 4 },
  int64: { descr: '<i8', array: BigInt64Array, bytes: 8 },
  uint8: { descr: '|u1', array: Uint8Array, bytes: 1 },
  bool: { descr: '|b1', array: Uint8Array, bytes: 1 },
}
const typeNames = Object.keys(types) as NpyType[]

const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)
/** The header is padded so that the data starts at a multiple of this. */
const alignment = 64

/**
 * Reads a .npy file. The data is a copy, whatever the alignment of `bytes`.
 * @throws StorageError `npy-invalid`, `npy-truncated`, `npy-not-supported`
 */
export function readNpy(bytes: Uint8Array): NpyArray {
  const { type, shape, dataStart } = readNpyHeader(bytes)
  const size = shape.reduce((a, b) => a * b, 1) * types[type].bytes
  checkDataSize(size, bytes.length - dataStart)
  // Not bytes.slice: that of a Node.js Buffer is a view.
  const copy = new Uint8Array(bytes.subarray(dataStart, dataStart + size))
  const data = new types[type].array(copy.buffer)
  return { type, shape, data }
}

/** What the header of a .npy file says. */
export interface NpyHeader {
  readonly type: NpyType
  readonly shape: readonly number[]
  /** Bytes before the data. */
  readonly dataStart: number
  /** Bytes of a value. */
  readonly itemBytes: number
}

/**
 * Reads the header of a .npy file.
 * @param bytes the beginning of the file: 64 KiB hold every header that NumPy writes
 * @throws StorageError as `readNpy`
 */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  const { text, dataStart } = readHeader(bytes)
  const { descr, fortranOrder, shape } = parseHeader(text)
  const type = typeNames.find((name) => types[name].descr === descr)
  if (type === undefined) {
    const known = typeNames.map((name) => types[name].descr).join(', ')
    throw new StorageError('npy-not-supported', `The .npy type '${descr}' cannot be read, only ${known}.`, {
      descr,
    })
  }
  if (fortranOrder) {
    throw new StorageError(
      'npy-not-supported',
      'The .npy array is in Fortran order; save numpy.ascontiguousarray(array) instead.',
    )
  }
  return { type, shape, dataStart, itemBytes: types[type].bytes }
}

/**
 * Writes a .npy file as `numpy.save` does.
 * @param type what the file says; by default the type of the data (`uint8` for bytes, never `bool`)
 * @throws StorageError `npy-invalid` where shape, data and type do not fit together
 */
export function writeNpy(tensor: Tensor, type: NpyType = typeOf(tensor.data)): Uint8Array {
  const { array } = types[type]
  const { shape, data } = tensor
  if (!(data instanceof array) || shape.reduce((a, b) => a * b, 1) !== data.length) {
    const found = `${data.length} values in a ${data.constructor.name}`
    throw new StorageError('npy-invalid', `${found} are not an array of ${type} of the shape [${shape}].`)
  }
  const header = npyHeader(shape, type)
  const file = new Uint8Array(header.length + data.byteLength)
  file.set(header)
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length)
  return file
}

/** What stands in a .npy file in front of the data, which is little-endian and row-major. */
export function npyHeader(shape: readonly number[], type: NpyType): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  return headerBytes(`{'descr': '${types[type].descr}', 'fortran_order': False, 'shape': ${tuple}, }`)
}

/** Writes a list of strings as `numpy.save` does: a .npy file of UTF-32 (`<U…`) with the length of the longest one. */
export function writeNpyStrings(strings: readonly string[]): Uint8Array {
  const points = strings.map((text) => Array.from(text, (character) => character.codePointAt(0)!))
  const width = Math.max(1, ...points.map(({ length }) => length))
  const data = new Uint32Array(width * strings.length)
  for (const [i, codes] of points.entries()) data.set(codes, i * width)
  const header = headerBytes(
    `{'descr': '<U${width}', 'fortran_order': False, 'shape': (${strings.length},), }`,
  )
  return Buffer.concat([header, new Uint8Array(data.buffer)])
}

function typeOf(data: TensorData): NpyType {
  return typeNames.find((name) => data instanceof types[name].array)!
}

/** Magic, version, header length and the padded text; version 2.0 has four bytes for the length instead of two. */
function headerBytes(text: string): Uint8Array {
  const fits = (lengthBytes: number) => Math.ceil((8 + lengthBytes + text.length + 1) / alignment) * alignment
  const version = fits(2) - 10 < 2 ** 16 ? 1 : 2
  const start = version === 1 ? 10 : 12
  const bytes = new Uint8Array(fits(start - 8)).fill(0x20)
  const view = new DataView(bytes.buffer)
  bytes.set([...magic, version, 0])
  if (version === 1) view.setUint16(8, bytes.length - start, true)
  else view.setUint32(8, bytes.length - start, true)
  bytes.set(Buffer.from(text, 'latin1'), start)
  bytes[bytes.length - 1] = 0x0a
  return bytes
}

function readHeader(bytes: Uint8Array): { readonly text: string; readonly dataStart: number } {
  if (!magic.every((value, i) => bytes[i] === value))
    throw new StorageError('npy-invalid', 'Not a .npy file.')
  if (bytes.length < 12) throw truncated('in its header')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint8(6)
  if (version < 1 || version > 3) {
    throw new StorageError('npy-not-supported', `Version ${version} of .npy cannot be read, only 1 to 3.`)
  }
  const start = version === 1 ? 10 : 12
  const dataStart = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (dataStart > bytes.length) throw truncated('in its header')
  const text = Buffer.from(bytes.subarray(start, dataStart)).toString(version === 3 ? 'utf8' : 'latin1')
  return { text, dataStart }
}

interface Header {
  readonly descr: string
  readonly fortranOrder: boolean
  readonly shape: readonly number[]
}

const field = {
  descr: /'descr'\s*:\s*('[^']*'|\[.*\])/s,
  fortranOrder: /'fortran_order'\s*:\s*(True|False)/,
  shape: /'shape'\s*:\s*\(\s*((?:\d+L?\s*,?\s*)*)\)/,
}

/** The header is a Python literal of a dict with exactly these three keys. */
function parseHeader(text: string): Header {
  const descr = field.descr.exec(text)?.[1]
  const fortranOrder = field.fortranOrder.exec(text)?.[1]
  const shape = field.shape.exec(text)?.[1]
  if (descr === undefined || fortranOrder === undefined || shape === undefined) {
    throw new StorageError('npy-invalid', 'The header of the .npy file cannot be read.', {
      header: text.slice(0, 200),
    })
  }
  return {
    descr: descr.startsWith("'") ? descr.slice(1, -1) : descr,
    fortranOrder: fortranOrder === 'True',
    shape: [...shape.matchAll(/\d+/g)].map(Number),
  }
}

function checkDataSize(wanted: number, found: number): void {
  if (wanted > found) throw truncated(`: its shape needs ${wanted} bytes of data and there are ${found}`)
  if (wanted < found) {
    throw new StorageError('npy-invalid', `The .npy file has ${found - wanted} bytes after its data.`)
  }
}

function truncated(where: string): StorageError {
  return new StorageError(
    'npy-truncated',
    `The .npy file ends too early${where.startsWith(':') ? '' : ' '}${where}.`,
  )
}
