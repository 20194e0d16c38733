import type { Replacement } from '../replacement.ts'
import { isAlone, isPlain, type Layout, sameLayout } from './layout.ts'
import type { Rule, Site } from './site.ts'

const count = (length: number): readonly number[] => Array.from({ length }, (_, i) => i)

/** Where the result of broadcast operands with this many axes has its samples, or null where the operands disagree. */
export function jointLayout(site: Site, operands: readonly number[], rank: number): Layout | null {
  const layouts = operands.flatMap((i): readonly Layout[] => {
    const own = site.layout(i)
    return own ? [{ ...own, axis: own.axis + rank - site.shape(i).length }] : []
  })
  const [first] = layouts
  if (first === undefined || !layouts.every((layout) => sameLayout(layout, first))) return null
  const isRepeated = (i: number) =>
    site.layout(i) !== null || (site.shape(i)[first.axis - rank + site.shape(i).length] ?? 1) === 1
  return operands.every(isRepeated) ? first : null
}

/** An operand in the form that broadcasts to a moved result with the given number of axes and layout. */
export function aligned(site: Site, i: number, layout: Layout, rank: number, into: Replacement): string {
  const name = site.node.inputs[i]!
  const lead = rank - site.shape(i).length
  if (site.layout(i))
    return lead === 0 ? name : into.op('Unsqueeze', [name, into.ints(count(lead).map((axis) => axis + 1))])
  const axis = layout.axis - lead
  if (axis < 0 || !isAlone(layout) || isPlain(layout)) return name
  const constant = site.constant(i)
  if (!constant) return into.op('Squeeze', [name, into.ints([axis])])
  return into.constant('constant', { ...constant, dims: constant.dims.filter((_, j) => j !== axis) })
}

/** An operator that works element by element, with broadcasting. */
export const elementwise: Rule = (site) => {
  const { inputs, outputs } = site.node
  const rank = site.outputShape().length
  const given = count(inputs.length).filter((i) => site.has(i))
  const layout = jointLayout(site, given, rank)
  if (layout === null) return null
  return {
    layouts: outputs.map(() => layout),
    write: (into) =>
      into.keep({
        inputs: inputs.map((name, i) => (name === '' ? '' : aligned(site, i, layout, rank, into))),
      }),
  }
}
