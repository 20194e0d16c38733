import { attributes } from '@crp-serve/onnx'
import { batchedProduct, matricesOf, tokenProduct, turned } from '../compile/batched-product.ts'
import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import { isOneRow } from '../compile/row-product.ts'
import type { Layer } from '../layers/layer.ts'
import { keepsSign } from './operands.ts'
import type { LinearOperator, Operator, Site } from './operator.ts'

/** A constant times a number, left out where the number is one. */
const scaled = (emitter: Emitter, x: string, by: number): string =>
  by === 1 ? x : emitter.mul(x, emitter.scalar(by))

/** A fully connected layer of one row a sample with a constant matrix, which is [inputs, outputs] unless it is turned. */
function rowsOperator(
  emitter: Emitter,
  layer: Layer,
  isTurned: boolean,
): Pick<LinearOperator, 'apply' | 'transpose'> {
  const dims = matrixSizes(emitter, layer.node.inputs[1]!)
  const isFlat = emitter.facts.rank(layer.output) === 2
  const product = (x: string, weight: string, turned: boolean, like: string) => {
    const y = emitter.rowProduct(isFlat ? x : emitter.op('Flatten', [x]), weight, dims, turned)
    return isFlat ? y : emitter.reshapeLike(y, like)
  }
  return {
    apply(v, weight, bias) {
      const y = product(v, weight, isTurned, layer.output)
      return bias === null ? y : emitter.add(y, bias)
    },
    transpose: (r, weight) => product(r, weight, !isTurned, layer.inputs[0]!),
  }
}

/** Sizes of a constant matrix. */
const matrixSizes = (emitter: Emitter, name: string): readonly number[] =>
  emitter.facts.type(name).shape.map((size) => (typeof size === 'number' ? size : 0))

function gemmOperator(emitter: Emitter, layer: Layer): LinearOperator {
  const { node } = layer
  const bias = node.inputs[2]
  return {
    weight: scaled(emitter, node.inputs[1]!, attributes.float(node, 'alpha', 1)),
    bias: bias ? scaled(emitter, bias, attributes.float(node, 'beta', 1)) : null,
    biasAxis: bias && emitter.facts.rank(bias) < 2 ? 1 : null,
    ...rowsOperator(emitter, layer, attributes.int(node, 'transB', 0) !== 0),
  }
}

/** Last two axes swapped. */
function transposed(emitter: Emitter, x: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, i) => i)
  ;[perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2]
  return emitter.op('Transpose', [x], { perm })
}

/** MatMul with a constant on one side, with the bias that the layer adds after it. */
function matMulOperator(emitter: Emitter, layer: Layer): LinearOperator {
  const [left, right] = layer.node.inputs as [string, string]
  const weightFirst = emitter.facts.isConstant(left)
  const weight = weightFirst ? left : right
  const rank = emitter.facts.rank(weight)
  const [inputs, outputs] = matrixSizes(emitter, weight).slice(-2) as [number, number]
  const activation = matricesOf(emitter.facts, layer.inputs[0]!)
  const product = (a: string, w: string, rows: number, columns: number) => {
    if (!weightFirst) return tokenProduct(emitter, a, w, columns)
    const matrix = { name: w, rank, rows, columns }
    return batchedProduct(emitter, matrix, { ...activation, name: a, rows: columns })
  }
  const parameters = {
    weight,
    bias: layer.bias,
    biasAxis: layer.bias && emitter.facts.rank(layer.bias) < 2 ? emitter.facts.rank(layer.output) - 1 : null,
  }
  if (!weightFirst && isOneRow(emitter.facts, layer.inputs[0]!))
    return { ...parameters, ...rowsOperator(emitter, layer, false) }
  return {
    ...parameters,
    apply(v, w, bias) {
      const y = product(v, w, inputs, outputs)
      return bias === null ? y : emitter.add(y, bias)
    },
    transpose: (r, w) => product(r, transposed(emitter, w, rank), outputs, inputs),
  }
}

/** Why the weight of a matrix product can not be transposed, or null. */
function refuseMatMul(layer: Site, facts: GraphFacts, weight: string): string | null {
  if (facts.rank(weight) !== 2) return 'its constant operand is not a matrix'
  return facts.rank(layer.inputs[0]!) < 2 ? 'its input is a vector' : null
}

const gradient: Operator['gradient'] = function (this: Operator, emitter, layer, r) {
  const operator = this.linear!(emitter, layer)
  return [plain(operator.transpose(emitter.materialize(r), operator.weight))]
}

/** Fully connected layer: Gemm with constant weights (ONNX Gemm). */
export const gemm: Operator = {
  op: 'Gemm',
  type: () => 'linear',
  linear: gemmOperator,
  gradient,
  nonNegative: () => false,
  refuse(layer, facts) {
    if (attributes.int(layer.node, 'transA', 0) !== 0) return 'it transposes its input (transA)'
    const parameters = layer.node.inputs.slice(1).filter((name) => name !== '')
    return parameters.every((name) => facts.isConstant(name)) ? null : 'its weights depend on the input'
  },
}

/** Fully connected layer on the last axis: MatMul with one constant operand, and the Add of its bias (ONNX MatMul). */
export const matMul: Operator = {
  op: 'MatMul',
  operands: 1,
  type: () => 'linear',
  linear: matMulOperator,
  gradient,
  nonNegative: () => false,
  refuse(layer, facts) {
    const weight = layer.node.inputs.find((name) => facts.isConstant(name))
    return weight === undefined ? 'it has no constant operand' : refuseMatMul(layer, facts, weight)
  },
}

/** Matrix product of two activations (attention): r B^T for the first operand, A^T r for the second one. */
export const matrixProduct: Operator = {
  op: 'MatMul',
  operands: 2,
  type: () => 'matmul',
  gradient(emitter, layer, r) {
    const [a, b] = layer.inputs as [string, string]
    const { facts } = emitter
    const upper = { ...matricesOf(facts, layer.output), name: emitter.materialize(r) }
    const [left, right] = [a, b].map((name) => turned(emitter, matricesOf(facts, name)))
    return [
      productGradient(emitter, layer, a, batchedProduct(emitter, upper, right!)),
      productGradient(emitter, layer, b, batchedProduct(emitter, left!, upper)),
    ]
  },
  nonNegative: keepsSign,
  refuse: (layer, facts) =>
    layer.inputs.some((name) => facts.rank(name) < 3) ? 'an operand has no axis before its matrices' : null,
}

/** One operand's part of a batched product, summed over the leading axes along which the operand was repeated. */
function productGradient(emitter: Emitter, layer: Layer, operand: string, part: string): Relevance {
  const { facts } = emitter
  const lead = (tensor: string) => facts.type(tensor).shape.slice(0, -2)
  const [wide, narrow] = [lead(layer.output), lead(operand)]
  const axes = wide.flatMap((dim, i) => (narrow[i] === 1 && dim !== 1 ? [i] : []))
  return plain(axes.length === 0 ? part : emitter.sum(part, axes, layer.output))
}
