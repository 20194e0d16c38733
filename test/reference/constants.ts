import type { Constant, DataType } from '@crp-serve/onnx'
import { type Kind, sizeOf, type Tensor, tensor } from './tensor.ts'

type Reader = (view: DataView, index: number) => number

const readers: Partial<Record<DataType, { kind: Kind; read: Reader }>> = {
  float32: { kind: 'float', read: (view, i) => view.getFloat32(4 * i, true) },
  float64: { kind: 'float', read: (view, i) => view.getFloat64(8 * i, true) },
  int64: { kind: 'int', read: (view, i) => Number(view.getBigInt64(8 * i, true)) },
  int32: { kind: 'int', read: (view, i) => view.getInt32(4 * i, true) },
  bool: { kind: 'int', read: (view, i) => view.getUint8(i) },
}

/** The values of an inline constant. Throws for external data and for types that no model here has. */
export function constantTensor({ dataType, dims, data }: Constant): Tensor {
  const reader = readers[dataType]
  if (!reader || data.kind !== 'inline') throw new Error(`the reference reads no ${data.kind} ${dataType}`)
  const view = new DataView(data.bytes.buffer, data.bytes.byteOffset, data.bytes.byteLength)
  const values = Array.from({ length: sizeOf(dims) }, (_, i) => reader.read(view, i))
  return tensor(dims, values, reader.kind)
}
