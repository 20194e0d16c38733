import * as attributes from '../../graph/attributes.ts'
import type { Dim } from '../../graph/types.ts'
import { isFixed } from '../../infer/dims.ts'
import type { Replacement } from '../replacement.ts'
import { aligned, jointLayout } from './broadcast.ts'
import { keptAxes, type Layout, movedAxis, movedSizes, reshaped } from './layout.ts'
import type { Rule, Site } from './site.ts'

/** Transpose of the axes behind the samples; nothing where only samples moved. */
export const transpose: Rule = (site) => {
  const layout = site.layout(0)
  const rank = site.shape(0).length
  if (layout === null) return null
  const perm = attributes.ints(site.node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i)
  const after = { ...layout, axis: perm.indexOf(layout.axis) }
  const order = [0, ...keptAxes(after, rank).map((axis) => movedAxis(layout, perm[axis]!))]
  const isSame = order.every((axis, i) => axis === i)
  const write = (into: Replacement) =>
    isSame
      ? into.keep({ op: 'Identity', attributes: {} })
      : into.keep({ attributes: { perm: { kind: 'ints', value: order } } })
  return { layouts: [after], write }
}

/** Reshape and its kin: every sample is reshaped as it stands. */
export const reshape: Rule = (site) => {
  const [from, to, layout] = [site.shape(0), site.outputShape(), site.layout(0)]
  const after = layout && reshaped(layout, from, to)
  if (!layout || !after) return null
  const [before, sizes] = [movedSizes(layout, from), movedSizes(after, to)]
  const isSame = before.length === sizes.length && before.every((size, i) => size === sizes[i])
  const input = site.node.inputs[0]!
  const write = (into: Replacement) =>
    isSame
      ? into.keep({ op: 'Identity', inputs: [input], attributes: {} })
      : into.keep({ op: 'Reshape', inputs: [input, into.ints([0, ...sizes])], attributes: {} })
  return { layouts: [after], write }
}

/** Unsqueeze stays what it is, so that a stack is still known as one. */
export const unsqueeze: Rule = (site) => {
  const [shape, layout, axes] = [site.outputShape(), site.layout(0), site.numbers(1)]
  const after = layout && reshaped(layout, site.shape(0), shape)
  if (!after || axes === null) return null
  const moved = axes.map((axis) => movedAxis(after, (axis + shape.length) % shape.length))
  return {
    layouts: [after],
    write: (into) => into.keep({ inputs: [site.node.inputs[0]!, into.ints(moved)] }),
  }
}

/**
 * Where a tensor that is the same at every position of an axis has its samples, should that axis hold them. What else lies on that
 * axis may stand before or behind them: behind them, as heads do.
 */
function ownLayout(shape: readonly Dim[]): Layout | null {
  const axis = shape.findIndex((size) => !isFixed(size))
  const size = shape[axis]
  return typeof size === 'object' ? { axis, before: 1, after: size.batch } : null
}

/** Emits the shape of a moved tensor. */
function movedShape(site: Site, layout: Layout, into: Replacement): string {
  const sizes = into.ints(movedSizes(layout, site.outputShape()))
  return into.op('Concat', [site.samples(into), sizes], { axis: 0 })
}

export const constantOfShape: Rule = (site) => {
  const layout = ownLayout(site.outputShape())
  return (
    layout && {
      layouts: [layout],
      write: (into) => into.keep({ inputs: [movedShape(site, layout, into)] }),
    }
  )
}

/** Expand of samples to larger axes, or of a constant to samples. */
export const expand: Rule = (site) => {
  const shape = site.outputShape()
  const layout = site.layout(0) ? jointLayout(site, [0], shape.length) : ownLayout(shape)
  if (layout === null) return null
  const lead = shape.length - site.shape(0).length
  const isRepeated = (site.shape(0)[layout.axis - lead] ?? 1) === 1
  if (!site.layout(0) && !isRepeated) return null
  const target = (into: Replacement) =>
    site.layout(0) ? into.ints([1, ...movedSizes(layout, shape)]) : movedShape(site, layout, into)
  const write = (into: Replacement) =>
    into.keep({ inputs: [aligned(site, 0, layout, shape.length, into), target(into)] })
  return { layouts: [layout], write }
}

/** Tile of axes other than the batch, or of a constant for every sample. */
export const tile: Rule = (site) => {
  const [own, shape, repeats] = [site.layout(0), site.outputShape(), site.elements(1)]
  const layout = own ?? ownLayout(shape)
  if (layout === null || repeats === null) return null
  if (own ? repeats[own.axis] !== 1 : site.shape(0)[layout.axis] !== 1) return null
  const axes = keptAxes(layout, shape.length)
  const input = site.node.inputs[0]!
  const write = (into: Replacement) => {
    const moved = axes.map((axis) => sizeFor(repeats[axis]!))
    if (own) return into.keep({ inputs: [input, into.ints([1, ...moved])] })
    const source = into.ints([1, ...axes.map((axis) => sizeFor(site.shape(0)[axis]!))])
    const times = into.op('Concat', [site.samples(into), into.ints(moved)], { axis: 0 })
    into.keep({ inputs: [into.op('Reshape', [input, source]), times] })
  }
  return { layouts: [layout], write }
}

/** A size for one sample. */
const sizeFor = (size: Dim): number => (isFixed(size) ? size : size.batch)

/** One element of a shape as a vector; `samples` holds the number of samples. */
const sizeVector = (size: Dim, samples: string, into: Replacement): string =>
  isFixed(size)
    ? into.ints([size])
    : size.batch === 1
      ? samples
      : into.op('Mul', [samples, into.ints([size.batch])])

/** Shape tells the sizes that the tensor had before it was moved. */
export const shape: Rule = (site) => {
  const elements = site.outputElements()
  if (elements === null) return null
  const write = (into: Replacement) => {
    const samples = site.samples(into)
    into.keep({
      op: 'Concat',
      inputs: elements.map((size) => sizeVector(size, samples, into)),
      attributes: { axis: { kind: 'int', value: 0 } },
    })
  }
  return { layouts: [], write }
}
