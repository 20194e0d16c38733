import { int, string } from '../../graph/attributes.ts'
import { parseEquation } from '../../graph/equation.ts'
import type { Dim } from '../../graph/types.ts'
import { broadcastShapes } from '../broadcast.ts'
import type { NodeContext, ShapeFunction } from '../context.ts'
import { formatShape, sameDim } from '../dims.ts'

const gemm: ShapeFunction = (c) => {
  const a = c.shape(0)
  const b = c.shape(1)
  if (a.length !== 2 || b.length !== 2)
    c.fail(`it needs matrices, not ${formatShape(a)} and ${formatShape(b)}`)
  const [rows, inner] = int(c.node, 'transA', 0) ? [a[1]!, a[0]!] : [a[0]!, a[1]!]
  const [other, columns] = int(c.node, 'transB', 0) ? [b[1]!, b[0]!] : [b[0]!, b[1]!]
  if (!sameDim(inner, other)) c.fail(`${formatShape(a)} and ${formatShape(b)} do not fit`)
  return [{ dataType: c.dataType(0), shape: [rows, columns] }]
}

/** MatMul as numpy.matmul: a vector counts as one row on the left, one column on the right. */
const matMul: ShapeFunction = (c) => {
  const [a, b] = [c.shape(0), c.shape(1)]
  if (a.length === 0 || b.length === 0) c.fail('it needs at least one axis on both sides')
  const left: readonly Dim[] = a.length === 1 ? [1, ...a] : a
  const right: readonly Dim[] = b.length === 1 ? [...b, 1] : b
  if (!sameDim(left.at(-1)!, right.at(-2)!)) c.fail(`${formatShape(a)} and ${formatShape(b)} do not fit`)
  const lead = broadcastShapes(c, [left.slice(0, -2), right.slice(0, -2)])
  const rows = a.length === 1 ? [] : [left.at(-2)!]
  const columns = b.length === 1 ? [] : [right.at(-1)!]
  return [{ dataType: c.dataType(0), shape: [...lead, ...rows, ...columns] }]
}

/** The size of every label of an equation; an axis of one broadcasts. */
function labelSizes(c: NodeContext, operands: readonly (readonly string[])[]): ReadonlyMap<string, Dim> {
  const sizes = new Map<string, Dim>()
  for (const [i, labels] of operands.entries()) {
    for (const [axis, label] of labels.entries()) {
      const [size] = broadcastShapes(c, [[sizes.get(label) ?? 1], [c.shape(i)[axis]!]])
      sizes.set(label, size!)
    }
  }
  return sizes
}

const einsum: ShapeFunction = (c) => {
  const equation = string(c.node, 'equation', '')
  const shapes = c.node.inputs.map((_, i) => c.shape(i))
  const parsed =
    parseEquation(
      equation,
      shapes.map((shape) => shape.length),
    ) ?? c.fail(`the equation ${equation} does not fit ${shapes.map(formatShape).join(', ')}`)
  const sizes = labelSizes(c, parsed.operands)
  return [{ dataType: c.dataType(0), shape: parsed.output.map((label) => sizes.get(label)!) }]
}

/** Matrix products. */
export const products: Readonly<Record<string, ShapeFunction>> = {
  Einsum: einsum,
  Gemm: gemm,
  MatMul: matMul,
}
