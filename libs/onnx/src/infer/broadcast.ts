import type { Dim } from '../graph/types.ts'
import type { NodeContext } from './context.ts'
import { formatShape, isFixed, sameDim } from './dims.ts'

function broadcastDim(c: NodeContext, a: Dim, b: Dim, describe: () => string): Dim {
  if (sameDim(a, b) || b === 1) return a
  if (a === 1) return b
  const mixed = isFixed(a) !== isFixed(b)
  return mixed
    ? c.cannot(`${describe()}: it works for one batch size only; export it with a dynamic batch axis`)
    : c.fail(`${describe()} do not broadcast`)
}

/** The shape that shapes broadcast to (ONNX multidirectional broadcasting). Fails where they do not. */
export function broadcastShapes(c: NodeContext, shapes: readonly (readonly Dim[])[]): readonly Dim[] {
  const describe = (): string => `the shapes ${shapes.map(formatShape).join(' and ')}`
  return shapes.reduce<readonly Dim[]>((a, b) => {
    const rank = Math.max(a.length, b.length)
    const at = (shape: readonly Dim[], i: number): Dim => shape[i - rank + shape.length] ?? 1
    return Array.from({ length: rank }, (_, i) => broadcastDim(c, at(a, i), at(b, i), describe))
  }, [])
}
