import type { BinaryTensor } from '@crp-serve/contracts'

/** The bytes of a float32 array, as they travel: little-endian on every machine that ONNX Runtime runs on. */
const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** A float32 tensor as it travels between the services. */
export const floatTensor = (shape: readonly number[], values: Float32Array): BinaryTensor => ({
  shape: [...shape],
  datatype: 'FP32',
  data: bytesOf(values),
})

/** The values of a float32 tensor that came with a request: a view where its bytes are aligned, else a copy. */
export function floatValues({ data }: BinaryTensor): Float32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : new Uint8Array(data)
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4)
}

/** Number of elements of a shape. */
export const count = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)
