import type { Node } from '@crp-serve/onnx'
import { div, mul } from './arithmetic.ts'
import { batchNormalization } from './batch-norm.ts'
import { depthToSpace, spaceToDepth } from './blocks.ts'
import { conv, convTranspose } from './convolution.ts'
import { cumSum } from './cumulative-sum.ts'
import { max, min } from './extremum.ts'
import {
  abs,
  atan,
  ceil,
  cos,
  erf,
  exp,
  floor,
  log,
  neg,
  pow,
  reciprocal,
  round,
  sign,
  sin,
  sqrt,
} from './function.ts'
import { gather } from './gather.ts'
import { lrn } from './local-response.ts'
import { globalLpPool, lpPool } from './lp-pool.ts'
import { gemm, matMul, matrixProduct } from './matrix-product.ts'
import { groupNormalization, instanceNormalization, layerNormalization } from './normalization.ts'
import type { Operator } from './operator.ts'
import { pad } from './pad.ts'
import {
  clip,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  pRelu,
  relu,
  shrink,
  thresholdedRelu,
} from './piecewise-activation.ts'
import { averagePool, maxPool } from './pool.ts'
import {
  globalAveragePool,
  globalMaxPool,
  reduceL1,
  reduceL2,
  reduceLogSumExp,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  reduceSumSquare,
} from './reduce.ts'
import { resize } from './resize.ts'
import { where } from './select.ts'
import { slice, split } from './slicing.ts'
import { celu, elu, gelu, mish, selu, sigmoid, softplus, softsign, tanh } from './smooth-activation.ts'
import { logSoftmax, softmax } from './softmax.ts'
import {
  cast,
  castLike,
  concat,
  dropout,
  expand,
  flatten,
  identity,
  reshape,
  squeeze,
  tile,
  transpose,
  unsqueeze,
} from './structural.ts'
import { add, sub, sum } from './sum.ts'

/** Every operator that relevance can pass through. A new one is a file beside this one and a line here. */
const list: readonly Operator[] = [
  abs,
  add,
  atan,
  averagePool,
  batchNormalization,
  cast,
  castLike,
  ceil,
  celu,
  clip,
  concat,
  conv,
  convTranspose,
  cos,
  cumSum,
  depthToSpace,
  div,
  dropout,
  elu,
  erf,
  exp,
  expand,
  flatten,
  floor,
  gather,
  gelu,
  gemm,
  globalAveragePool,
  globalLpPool,
  globalMaxPool,
  groupNormalization,
  hardSigmoid,
  hardSwish,
  identity,
  instanceNormalization,
  layerNormalization,
  leakyRelu,
  log,
  logSoftmax,
  lpPool,
  lrn,
  matMul,
  matrixProduct,
  max,
  maxPool,
  min,
  mish,
  mul,
  neg,
  pad,
  pow,
  pRelu,
  reciprocal,
  reduceL1,
  reduceL2,
  reduceLogSumExp,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  reduceSumSquare,
  relu,
  reshape,
  resize,
  round,
  selu,
  shrink,
  sigmoid,
  sign,
  sin,
  slice,
  softmax,
  softplus,
  softsign,
  spaceToDepth,
  split,
  sqrt,
  squeeze,
  sub,
  sum,
  tanh,
  thresholdedRelu,
  tile,
  transpose,
  unsqueeze,
  where,
]

const keyOf = (op: string, operands: number | undefined): string =>
  operands === undefined ? op : `${op} of ${operands}`

function tableOf(operators: readonly Operator[]): ReadonlyMap<string, Operator> {
  const table = new Map<string, Operator>()
  for (const operator of operators) {
    const key = keyOf(operator.op, operator.operands)
    if (table.has(key)) throw new Error(`the operator ${key} is listed twice`)
    table.set(key, operator)
  }
  return table
}

const operators = tableOf(list)

/** The operator of a node with that many relevance-carrying operands, or null where it is not supported. */
export function operatorFor({ op, domain }: Node, operands: number): Operator | null {
  if (domain !== '') return null
  return operators.get(keyOf(op, operands)) ?? operators.get(op) ?? null
}
