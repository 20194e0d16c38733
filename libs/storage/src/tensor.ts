/** An array in row-major order: `data` has as many values as the product of `shape`. */
export interface Tensor<Data extends TensorData = TensorData> {
  readonly shape: readonly number[]
  readonly data: Data
}

export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array
