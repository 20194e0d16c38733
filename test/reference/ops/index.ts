import { conv, convTranspose } from './conv.ts'
import { add, batchNormalization, clip, identity, relu, sigmoid, softmax } from './elementwise.ts'
import { castLike, castTo, constant, shape } from './integer.ts'
import { gemm, matMul } from './linear.ts'
import type { Call, Operation } from './operation.ts'
import { averagePool, globalAveragePool, maxPool } from './pool.ts'
import { reduceMean, reduceSum } from './reduce.ts'
import { concat, expand, flatten, gather, reshape, slice, squeeze, transpose, unsqueeze } from './shape.ts'

/** Every operator that the reference knows, by its ONNX name. */
export const operations: Readonly<Record<string, Operation>> = {
  Add: add,
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Cast: castTo,
  CastLike: castLike,
  Clip: clip,
  Concat: concat,
  Constant: constant,
  Conv: conv,
  ConvTranspose: convTranspose,
  Dropout: identity,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  Identity: identity,
  MatMul: matMul,
  MaxPool: maxPool,
  ReduceMean: reduceMean,
  ReduceSum: reduceSum,
  Relu: relu,
  Reshape: reshape,
  Shape: shape,
  Sigmoid: sigmoid,
  Slice: slice,
  Softmax: softmax,
  Squeeze: squeeze,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
}

/** The operation of a call. Throws for an operator that the reference does not know. */
export function operationOf({ node }: Pick<Call, 'node'>): Operation {
  const operation = operations[node.op]
  if (!operation) throw new Error(`the reference has no operator ${node.op} (${node.name})`)
  return operation
}
