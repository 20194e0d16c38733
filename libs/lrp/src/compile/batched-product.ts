import type { GraphBuilder, Node } from '@crp-serve/onnx'
import type { GraphFacts } from './facts.ts'
import { goesByThreads, onePiece } from './sum-order.ts'

type Builder = Pick<GraphBuilder, 'op' | 'ints'>

/** Stands for a size that is not known when the graph is compiled. */
export const unknownSize = 0

/** Matrices [..., rows, columns], one for each sample or one for all; sizes may be `unknownSize`. */
export interface Matrices {
  readonly name: string
  readonly rank: number
  readonly rows: number
  readonly columns: number
}

/** Matrices with rows and columns exchanged. */
export function turned(b: Builder, { name, rank, rows, columns }: Matrices): Matrices {
  const perm = Array.from({ length: rank }, (_, i) => i)
  ;[perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2]
  return { name: b.op('Transpose', [name], { perm }), rank, rows: columns, columns: rows }
}

/** What keeps the samples of a product from each other: nothing, its one column twice, or its terms in pieces. */
function formOf(left: Matrices, right: Matrices): 'plain' | 'twice' | 'pieces' {
  if (left.rows === 1) return 'plain'
  if (right.columns === 1) return 'twice'
  return goesByThreads(left.rows, left.columns, right.columns) ? 'pieces' : 'plain'
}

/** Part of a tensor along one axis. */
const part = (b: Builder, name: string, axis: number, start: number, end: number): string =>
  b.op('Slice', [name, b.ints([start]), b.ints([end]), b.ints([axis])])

/** A product that is summed in pieces of so many terms that they are one piece to ONNX Runtime, too. */
function inPieces(b: Builder, left: string, right: string, terms: number): string {
  const count = Math.ceil(terms / onePiece)
  const bounds = Array.from({ length: count + 1 }, (_, i) => Math.floor((i * terms) / count))
  const products = bounds
    .slice(1)
    .map((end, i) =>
      b.op('MatMul', [part(b, left, -1, bounds[i]!, end), part(b, right, -2, bounds[i]!, end)]),
    )
  return products.reduce((sum, product) => b.op('Add', [sum, product]))
}

const twice = (b: Builder, column: string): string => b.op('Concat', [column, column], { axis: -1 })

const firstColumn = (b: Builder, columns: string): string => part(b, columns, -1, 0, 1)

/**
 * Products of matrices, one for each sample, whose samples do not depend on each other. ONNX Runtime gives several threads to one
 * product where the batch has few of them; how it shares out such a product decides the order of its sums (`goesByThreads`). A
 * product with a vector has a kernel of its own, whose sums go by the number of rows; two columns go the way of all others.
 */
export function batchedProduct(b: Builder, left: Matrices, right: Matrices): string {
  const form = formOf(left, right)
  if (form === 'plain') return b.op('MatMul', [left.name, right.name])
  if (form === 'pieces') return inPieces(b, left.name, right.name, left.columns)
  return firstColumn(b, batchedProduct(b, left, { ...right, name: twice(b, right.name), columns: 2 }))
}

/** A tensor's last two axes as matrices. */
export function matricesOf(facts: GraphFacts, name: string): Matrices {
  const { shape } = facts.type(name)
  const [rows, columns] = shape.slice(-2).map((size) => (typeof size === 'number' ? size : unknownSize))
  return { name, rank: shape.length, rows: rows ?? unknownSize, columns: columns ?? unknownSize }
}

/**
 * Whether a node multiplies the rows of all samples by one constant matrix, as linear layers on tokens do. The sums do not go by the
 * batch where ONNX Runtime packs the matrix when it loads the graph.
 */
export const isTokenProduct = (node: Node, facts: GraphFacts): boolean =>
  node.op === 'MatMul' &&
  node.domain === '' &&
  facts.isTyped(node) &&
  facts.carriesRelevance(node.inputs[0]!) &&
  facts.isConstant(node.inputs[1]!) &&
  facts.rank(node.inputs[1]!) === 2

/** Rows times a constant matrix with so many columns. */
export const tokenProduct = (b: Builder, rows: string, matrix: string, columns: number): string =>
  columns === 1 ? firstColumn(b, b.op('MatMul', [rows, twice(b, matrix)])) : b.op('MatMul', [rows, matrix])

/** A node as a product of matrices that does not go by the batch, or null where it is one as it stands or no product. */
function productOf(b: GraphBuilder, node: Node, facts: GraphFacts): string | null {
  const [left, right] = node.inputs as [string, string]
  if (node.op !== 'MatMul' || node.domain !== '' || !facts.isTyped(node)) return null
  if (!facts.carriesRelevance(node.outputs[0]!)) return null
  const [first, second] = [matricesOf(facts, left), matricesOf(facts, right)]
  if (isTokenProduct(node, facts)) return second.columns === 1 ? tokenProduct(b, left, right, 1) : null
  if (first.rank < 2 || second.rank < 3 || formOf(first, second) === 'plain') return null
  return batchedProduct(b, first, second)
}

/** Adds a product of matrices in the form whose samples do not depend on each other; false for other nodes. */
export function addBatchedProduct(b: GraphBuilder, node: Node, facts: GraphFacts): boolean {
  const product = productOf(b, node, facts)
  if (product === null) return false
  b.add({ ...node, op: 'Identity', inputs: [product], attributes: {} })
  return true
}
