import { arithmetic } from './arithmetic.ts'
import { conv, convTranspose } from './conv.ts'
import { add, batchNormalization, clip, identity, logSoftmax, relu, sigmoid, softmax } from './elementwise.ts'
import { functions } from './functions.ts'
import { castLike, castTo, constant, shape } from './integer.ts'
import { gemm, matMul } from './linear.ts'
import { cumSum, depthToSpace, pad, spaceToDepth, tile } from './moves.ts'
import { normalizations } from './normalizations.ts'
import type { Call, Operation } from './operation.ts'
import { averagePool, globalAveragePool, lpPool, maxPool } from './pool.ts'
import { reduceMean, reduceSum } from './reduce.ts'
import { reductions } from './reductions.ts'
import { resize } from './resize.ts'
import { concat, expand, flatten, gather, reshape, slice, squeeze, transpose, unsqueeze } from './shape.ts'

/** Every operator that the reference knows, by its ONNX name. */
export const operations: Readonly<Record<string, Operation>> = {
  ...arithmetic,
  ...functions,
  ...normalizations,
  ...reductions,
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
  CumSum: cumSum,
  DepthToSpace: depthToSpace,
  Dropout: identity,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  Identity: identity,
  LogSoftmax: logSoftmax,
  LpPool: lpPool,
  MatMul: matMul,
  MaxPool: maxPool,
  Pad: pad,
  ReduceMean: reduceMean,
  ReduceSum: reduceSum,
  Relu: relu,
  Reshape: reshape,
  Resize: resize,
  Shape: shape,
  Sigmoid: sigmoid,
  Slice: slice,
  Softmax: softmax,
  SpaceToDepth: spaceToDepth,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
}

/** The operation of a call. Throws for an operator that the reference does not know. */
export function operationOf({ node }: Pick<Call, 'node'>): Operation {
  const operation = operations[node.op]
  if (!operation) throw new Error(`the reference has no operator ${node.op} (${node.name})`)
  return operation
}
