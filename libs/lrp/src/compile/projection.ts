import type { Layer } from '../layers/layer.ts'
import { defaultStabilizer } from '../rules/rule.ts'
import { batchedProduct, turned, unknownSize } from './batched-product.ts'
import type { Emitter } from './emitter.ts'
import type { Relevance } from './relevance.ts'

/** Axes of a basis: rows, channels, directions. */
export const projectionRank = 3

/**
 * Projects the relevance at a layer's output on directions in channel space (api.md, "A direction's meaning"; the
 * projection of PRCA, Chormai et al. 2024): with a the layer's output, c = R / stab(a) and Q an orthonormal basis of the
 * directions' span, a * (Q Q' c) at every position. Q Q' equals W W+ for the matrix W of the directions.
 * @param basis [K, channels, directions]; columns of zeros add nothing
 */
export function projected(e: Emitter, layer: Layer, r: Relevance, basis: string): Relevance {
  const a = layer.output
  const [channels, ...positions] = e.facts.sizes(a)
  const context = e.divide(r, e.stabilize(a, a, defaultStabilizer, e.isNonNegative(a)))
  const flat = [channels!, positions.reduce((n, size) => n * size, 1)] as const
  const matrix = (name: string, rows: number, columns: number) => ({ name, rank: 3, rows, columns })
  const columns = matrix(e.op('Reshape', [context, e.ints([-1, ...flat])]), ...flat)
  const directions = matrix(basis, channels!, unknownSize)
  const coefficients = batchedProduct(e, turned(e, directions), columns)
  const value = batchedProduct(e, directions, matrix(coefficients, unknownSize, flat[1]))
  return { value: e.reshapeLike(value, a), factor: a }
}
