import type { GraphBuilder, Node } from '@crp-serve/onnx'
import type { GraphFacts } from './facts.ts'
import { columnProduct } from './row-product.ts'

type Builder = Pick<GraphBuilder, 'op' | 'ints'>

/** Matrices [..., rows, columns], one for each sample or one for all. */
export interface Matrices {
  readonly name: string
  readonly rank: number
  readonly rows: number
  readonly columns: number
}

/** Terms that ONNX Runtime sums in one piece, however many columns a thread has. */
const onePiece = 128

/** Matrices with rows and columns exchanged. */
export function turned(b: Builder, { name, rank, rows, columns }: Matrices): Matrices {
  const perm = Array.from({ length: rank }, (_, i) => i)
  ;[perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2]
  return { name: b.op('Transpose', [name], { perm }), rank, rows: columns, columns: rows }
}

/** What keeps the samples of a product from each other: nothing, its one column twice, or both matrices turned. */
function formOf(left: Matrices, right: Matrices): 'plain' | 'twice' | 'turned' {
  if (left.rows === 1) return 'plain'
  if (right.columns === 1) return 'twice'
  return right.columns > left.rows && left.columns > onePiece ? 'turned' : 'plain'
}

/**
 * Products of matrices, one for each sample, whose samples do not depend on each other. ONNX Runtime gives several threads to one
 * product where the batch has few of them. They share out the columns where these are more than the rows, and who has few columns sums
 * in longer pieces; rows are shared out without such a difference, so that the turned product is taken then.
 */
export function batchedProduct(b: Builder, left: Matrices, right: Matrices): string {
  const form = formOf(left, right)
  if (form === 'plain') return b.op('MatMul', [left.name, right.name])
  if (form === 'twice') return columnProduct(b, left.name, right.name)
  const [first, second] = [turned(b, right), turned(b, left)]
  const name = b.op('MatMul', [first.name, second.name])
  const rank = Math.max(left.rank, right.rank)
  return turned(b, { name, rank, rows: first.rows, columns: second.columns }).name
}

/** A tensor's last two axes as matrices; a size that depends on the batch counts as 0. */
export function matricesOf(facts: GraphFacts, name: string): Matrices {
  const { shape } = facts.type(name)
  const [rows, columns] = shape.slice(-2).map((size) => (typeof size === 'number' ? size : 0))
  return { name, rank: shape.length, rows: rows ?? 0, columns: columns ?? 0 }
}

/**
 * Adds a product of activations, or one with a constant from the left, in the form whose samples do not depend on each other; false
 * for other nodes.
 */
export function addBatchedProduct(b: GraphBuilder, node: Node, facts: GraphFacts): boolean {
  const [left, right] = node.inputs as [string, string]
  if (node.op !== 'MatMul' || node.domain !== '' || !facts.carriesRelevance(right)) return false
  const [first, second] = [matricesOf(facts, left), matricesOf(facts, right)]
  if (first.rank < 2 || second.rank < 3 || formOf(first, second) === 'plain') return false
  b.add({ ...node, op: 'Identity', inputs: [batchedProduct(b, first, second)], attributes: {} })
  return true
}
