import { constants } from '@crp-serve/onnx'
import { batchedProduct, type Matrices, turned } from '../compile/batched-product.ts'
import type { Emitter } from '../compile/emitter.ts'

/**
 * Linear maps along one axis, y[..., o, ...] = sum over i of matrix[i, o] * x[..., i, ...], and their transposes.
 * Whatever picks, repeats or interpolates positions of an axis is one of them.
 */

/** A selection as a matrix [inputs, outputs]: output o is input picks[o], or nothing where that is null. */
export function selectionMatrix(e: Emitter, inputs: number, picks: readonly (number | null)[]): string {
  const matrix = new Float32Array(inputs * picks.length)
  picks.forEach((input, output) => {
    if (input !== null) matrix[input * picks.length + output] = 1
  })
  return e.floats(matrix, [inputs, picks.length])
}

/**
 * Pulls rows back along an axis. `sizes` are those of `r` without the batch axis, `axis` counts the batch axis in,
 * `matrix` is [inputs, outputs]. The result has `inputs` positions on the axis.
 */
export function pullAlongAxis(
  e: Emitter,
  r: string,
  sizes: readonly number[],
  axis: number,
  matrix: string,
  inputs: number,
): string {
  const outputs = sizes[axis - 1]!
  const inner = constants.elementCount(sizes.slice(axis))
  const result = e.ints([-1, ...sizes.map((size, i) => (i === axis - 1 ? inputs : size))])
  const map: Matrices = { name: matrix, rank: 2, rows: inputs, columns: outputs }
  if (inner > 1) {
    const rows = e.op('Reshape', [r, e.ints([-1, outputs, inner])])
    const columns: Matrices = { name: rows, rank: 3, rows: outputs, columns: inner }
    return e.op('Reshape', [batchedProduct(e, map, columns), result])
  }
  const outer = constants.elementCount(sizes.slice(0, axis - 1))
  const rows = e.op('Reshape', [r, e.ints([-1, outer, outputs])])
  const lines: Matrices = { name: rows, rank: 3, rows: outer, columns: outputs }
  return e.op('Reshape', [batchedProduct(e, lines, turned(e, map)), result])
}

/** Maps along several axes: for each its matrix and its number of inputs. */
export interface AxisMap {
  readonly axis: number
  readonly matrix: string
  readonly inputs: number
}

/** Pulls rows back through maps along different axes, one after the other. */
export function pullAlongAxes(
  e: Emitter,
  r: string,
  sizes: readonly number[],
  maps: readonly AxisMap[],
): string {
  const current = [...sizes]
  return maps.reduce((rows, { axis, matrix, inputs }) => {
    const pulled = pullAlongAxis(e, rows, current, axis, matrix, inputs)
    current[axis - 1] = inputs
    return pulled
  }, r)
}
