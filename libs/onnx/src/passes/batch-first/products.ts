import * as attributes from '../../graph/attributes.ts'
import { elementBytes } from '../../graph/constants.ts'
import type { Constant } from '../../graph/types.ts'
import type { Replacement } from '../replacement.ts'
import { aligned, jointLayout } from './broadcast.ts'
import { isPlain } from './layout.ts'
import type { Rewriting, Rule, Site } from './site.ts'

/** A product with a constant matrix on one side: samples are neither on the axis that is summed over nor a row of that matrix. */
function constantProduct(site: Site, samples: 0 | 1): Rewriting | null {
  const layout = site.layout(samples)!
  const rank = site.shape(samples).length
  const free = samples === 0 ? rank - 1 : rank - 2
  if (site.shape(1 - samples).length !== 2 || layout.axis >= free) return null
  return { layouts: [layout], write: (into) => into.keep({}) }
}

/** MatMul: samples among the axes in front of the matrices, or among the rows of a product with a constant. */
export const matMul: Rule = (site) => {
  if (!site.layout(0)) return constantProduct(site, 1)
  if (!site.layout(1)) return constantProduct(site, 0)
  const rank = site.outputShape().length
  const hasMatrices = [0, 1].every((i) => site.shape(i).length >= 3)
  const layout = hasMatrices ? jointLayout(site, [0, 1], rank) : null
  if (layout === null || layout.axis >= rank - 2) return null
  const write = (into: Replacement) =>
    into.keep({ inputs: [0, 1].map((i) => aligned(site, i, layout, rank, into)) })
  return { layouts: [layout], write }
}

/** A constant matrix with its axes exchanged. */
function turned({ dataType, dims, data }: Constant): Constant {
  const [rows, columns] = dims as [number, number]
  const size = elementBytes[dataType]
  const { bytes } = data as Extract<Constant['data'], { kind: 'inline' }>
  const target = new Uint8Array(bytes.byteLength)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * size
      target.set(bytes.subarray(from, from + size), (column * rows + row) * size)
    }
  }
  return { dataType, dims: [columns, rows], data: { kind: 'inline', bytes: target } }
}

/** The weights of a Gemm as MatMul takes them. */
function matrixOf(site: Site, into: Replacement): string {
  if (attributes.int(site.node, 'transB', 0) === 0) return site.node.inputs[1]!
  const weight = site.constant(1)
  return weight?.data.kind === 'inline'
    ? into.constant('weight', turned(weight))
    : into.op('Transpose', [site.node.inputs[1]!], { perm: [1, 0] })
}

/** Whether a Gemm is a product with constant weights, unscaled, and a constant bias for each column. */
function isFullyConnected(site: Site): boolean {
  const { node } = site
  const isUnscaled = ['alpha', 'beta'].every((name) => attributes.float(node, name, 1) === 1)
  const bias = site.has(2) ? site.shape(2) : []
  const isBias = !site.layout(2) && (bias.length < 2 || bias[0] === 1)
  return isUnscaled && isBias && !site.layout(1) && attributes.int(node, 'transA', 0) === 0
}

/** Gemm with rows that hold other things beside samples: a MatMul, and an Add of the bias. */
export const gemm: Rule = (site) => {
  const layout = site.layout(0)
  if (layout?.axis !== 0 || isPlain(layout) || !isFullyConnected(site)) return null
  const write = (into: Replacement) => {
    const product = into.op('MatMul', [site.node.inputs[0]!, matrixOf(site, into)])
    into.finish(site.has(2) ? into.op('Add', [product, site.node.inputs[2]!]) : product, product)
  }
  return { layouts: [layout], write }
}
