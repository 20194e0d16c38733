import { relu } from './activation.ts'
import { batchNormalization } from './batch-norm.ts'
import { conv, convTranspose } from './convolution.ts'
import { gemm, matMul } from './matrix-product.ts'
import type { Operator } from './operator.ts'
import { averagePool, globalAveragePool, maxPool, reduceMean } from './pool.ts'
import { softmax } from './softmax.ts'
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
  transpose,
  unsqueeze,
} from './structural.ts'
import { add, reduceSum, sum } from './sum.ts'

/** Every operator that relevance can pass through. A new one is a file beside this one and a line here. */
const list: readonly Operator[] = [
  add,
  averagePool,
  batchNormalization,
  cast,
  castLike,
  concat,
  conv,
  convTranspose,
  dropout,
  expand,
  flatten,
  gemm,
  globalAveragePool,
  identity,
  matMul,
  maxPool,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  softmax,
  squeeze,
  sum,
  transpose,
  unsqueeze,
]

function tableOf(operators: readonly Operator[]): ReadonlyMap<string, Operator> {
  const table = new Map<string, Operator>()
  for (const operator of operators) {
    if (table.has(operator.op)) throw new Error(`the operator ${operator.op} is listed twice`)
    table.set(operator.op, operator)
  }
  return table
}

/** The operators by ONNX name. */
export const operators = tableOf(list)
