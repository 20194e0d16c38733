import type { ShapeFunction } from './context.ts'
import { elementwise } from './ops/elementwise.ts'
import { normalization } from './ops/normalization.ts'
import { products } from './ops/products.ts'
import { reductions } from './ops/reductions.ts'
import { shapes } from './ops/shapes.ts'
import { slices } from './ops/slices.ts'
import { spatial } from './ops/windows.ts'

const families = [elementwise, normalization, products, reductions, shapes, slices, spatial]

function tableOf(
  parts: readonly Readonly<Record<string, ShapeFunction>>[],
): ReadonlyMap<string, ShapeFunction> {
  const table = new Map<string, ShapeFunction>()
  for (const [op, f] of parts.flatMap((part) => Object.entries(part))) {
    if (table.has(op)) throw new Error(`the operator ${op} has two shape functions`)
    table.set(op, f)
  }
  return table
}

/** The shape function of every operator of the default domain whose types can be told. A new one is a line in its family. */
export const shapeFunctions: ReadonlyMap<string, ShapeFunction> = tableOf(families)
