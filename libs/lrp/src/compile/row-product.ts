import { attributes, type Constant, type GraphBuilder, type Node } from '@crp-serve/onnx'
import type { GraphFacts } from './facts.ts'

/** A constant matrix by which rows are multiplied: [inputs, outputs], or the other way round where it is turned. */
export interface Matrix {
  readonly name: string
  readonly dims: readonly number[]
  readonly isTurned: boolean
  /** Its initializer, if it is one. */
  readonly constant: Constant | undefined
}

/** Elements from which on a turned copy of a matrix costs more memory than it is worth. */
const large = 2 ** 21

/** A matrix with a kernel axis of size one; an initializer is given the other shape, its bytes are the same ones. */
function asKernel(b: GraphBuilder, { name, constant, dims }: Matrix): string {
  if (constant === undefined) return b.op('Unsqueeze', [name, b.ints([2])])
  return b.initializer(`${name}/kernel`, { ...constant, dims: [...dims, 1] })
}

/**
 * Rows [N, inputs] times a constant matrix, each row for itself: a convolution of one position. What ONNX Runtime computes
 * for a row of a matrix product on the CPU depends on the other rows: one row takes another kernel than two, and with several
 * threads the number of rows decides how sums are cut in pieces. A convolution goes through its batch one by one.
 *
 * The transposed convolution sums in the same order however its outputs are shared out among threads; the plain one
 * does where every thread has whole groups of eight outputs.
 */
export function rowProduct(b: GraphBuilder, rows: string, matrix: Matrix): string {
  const [outputs, inputs] = matrix.dims as [number, number]
  const columns = b.op('Unsqueeze', [rows, b.ints([2])])
  const squeezed = (x: string) => b.op('Squeeze', [x, b.ints([2])])
  if (!matrix.isTurned) return squeezed(b.op('ConvTranspose', [columns, asKernel(b, matrix)]))
  if (outputs * inputs >= large && outputs % 64 === 0)
    return squeezed(b.op('Conv', [columns, asKernel(b, matrix)]))
  const straight = b.op('Transpose', [matrix.name], { perm: [1, 0] })
  const dims = [inputs, outputs]
  const kernel = asKernel(b, { name: straight, dims, isTurned: false, constant: undefined })
  return squeezed(b.op('ConvTranspose', [columns, kernel]))
}

const times = (b: GraphBuilder, x: string, factor: number): string =>
  factor === 1 ? x : b.op('Mul', [x, b.scalar(factor)])

/** Whether a tensor has one vector for each sample: [N, size], or with axes of size one between. */
export const isOneRow = (facts: GraphFacts, tensor: string): boolean =>
  facts.rank(tensor) > 1 &&
  facts
    .type(tensor)
    .shape.slice(1, -1)
    .every((size) => size === 1)

/** A convolution of one position, of one group, with a kernel of one: a product of rows, too. */
export function isPointwise(node: Node, facts: GraphFacts): boolean {
  const weight = facts.types.get(node.inputs[1]!)?.shape
  const input = facts.types.get(node.inputs[0]!)?.shape
  const ones = (shape: readonly unknown[] | undefined) => shape?.slice(2).every((size) => size === 1)
  const pads = attributes.ints(node, 'pads') ?? []
  return (
    attributes.int(node, 'group', 1) === 1 &&
    ones(weight) === true &&
    ones(input) === true &&
    pads.every((pad) => pad === 0)
  )
}

/** The matrix of a node that multiplies rows by a constant, and how its result is scaled; null for other nodes. */
function productOf(
  node: Node,
  facts: GraphFacts,
): { readonly isTurned: boolean; readonly alpha: number; readonly beta: number } | null {
  const plain = { isTurned: false, alpha: 1, beta: 1 }
  if (!facts.carriesRelevance(node.inputs[0] ?? '') || !facts.isConstant(node.inputs[1] ?? '')) return null
  if (node.op === 'Gemm' && attributes.int(node, 'transA', 0) === 0)
    return {
      isTurned: attributes.int(node, 'transB', 0) !== 0,
      alpha: attributes.float(node, 'alpha', 1),
      beta: attributes.float(node, 'beta', 1),
    }
  if (node.op === 'MatMul' && facts.rank(node.inputs[1]!) === 2 && isOneRow(facts, node.inputs[0]!))
    return plain
  return node.op === 'Conv' && isPointwise(node, facts) ? { ...plain, isTurned: true } : null
}

/** The matrix that a node multiplies rows by; the weight of a convolution is one of other shape. */
function matrixOf(b: GraphBuilder, node: Node, isTurned: boolean, facts: GraphFacts): Matrix {
  const weight = node.inputs[1]!
  const dims = facts
    .type(weight)
    .shape.flatMap((size, i) => (i < 2 && typeof size === 'number' ? [size] : []))
  const known = facts.constant(weight)
  const constant = known && { ...known, dims }
  if (node.op !== 'Conv') return { name: weight, dims, isTurned, constant }
  const name = constant ? b.initializer(`${weight}/matrix`, constant) : b.op('Flatten', [weight])
  return { name, dims, isTurned, constant }
}

/** Adds a product of rows in the form whose rows do not depend on each other; false for other nodes. */
export function addProduct(b: GraphBuilder, node: Node, facts: GraphFacts): boolean {
  const product = node.domain === '' ? productOf(node, facts) : null
  if (product === null) return false
  const matrix = matrixOf(b, node, product.isTurned, facts)
  const rank = facts.rank(node.outputs[0]!)
  const rows = rank === 2 ? node.inputs[0]! : b.op('Flatten', [node.inputs[0]!])
  const scaled = times(b, rowProduct(b, rows, matrix), product.alpha)
  const bias = node.inputs[2]
  const biased = bias ? b.op('Add', [scaled, times(b, bias, product.beta)]) : scaled
  const ones = Array.from({ length: rank - 2 }, (_, i) => (node.op === 'Conv' ? i + 2 : i + 1))
  const inputs = rank === 2 ? [biased] : [biased, b.ints(ones)]
  b.add({ ...node, op: rank === 2 ? 'Identity' : 'Unsqueeze', inputs, attributes: {} })
  return true
}
