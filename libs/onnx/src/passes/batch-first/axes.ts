import * as attributes from '../../graph/attributes.ts'
import { int64 } from '../../graph/constants.ts'
import type { Attribute, Node } from '../../graph/types.ts'
import { sameDim } from '../../infer/dims.ts'
import type { Replacement } from '../replacement.ts'
import { keptAxes, type Layout, movedAxis, sameLayout } from './layout.ts'
import type { Rule, Site } from './site.ts'

const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** A node's attributes with another axis. */
const withAxis = (node: Node, axis: number): Readonly<Record<string, Attribute>> => ({
  ...node.attributes,
  axis: { kind: 'int', value: axis },
})

/** An operator that works along one axis (`otherwise` by default), which has no samples: its outputs keep the layout. */
const alongAxis =
  (otherwise: number): Rule =>
  (site) => {
    const { node } = site
    const layout = site.layout(0)
    const axis = fromFront(attributes.int(node, 'axis', otherwise), site.shape(0).length)
    if (layout === null || axis === layout.axis) return null
    const write = (into: Replacement) => into.keep({ attributes: withAxis(node, movedAxis(layout, axis)) })
    return { layouts: node.outputs.map(() => layout), write }
  }

export const softmax: Rule = alongAxis(-1)
export const split: Rule = alongAxis(0)

/** Concat of tensors that all have their samples at the same place. */
export const concat: Rule = (site) => {
  const layouts = site.node.inputs.map((_, i) => site.layout(i))
  const isCommon = layouts.every((layout) => layout && layouts[0] && sameLayout(layout, layouts[0]))
  return isCommon ? alongAxis(0)(site) : null
}

/** LayerNormalization over axes behind the samples. */
export const layerNormalization: Rule = (site) => {
  const { node } = site
  const layout = site.layout(0)
  const rank = site.shape(0).length
  const axis = fromFront(attributes.int(node, 'axis', -1), rank)
  const isWide = [1, 2].some((i) => site.has(i) && (site.layout(i) || site.shape(i).length > rank - axis))
  if (layout === null || layout.axis >= axis || isWide) return null
  const write = (into: Replacement) => into.keep({ attributes: withAxis(node, movedAxis(layout, axis)) })
  return { layouts: node.outputs.map(() => layout), write }
}

/** BatchNormalization of rows that hold other things beside samples: their channels go to the second axis and back. */
export const batchNormalization: Rule = (site) => {
  const { node } = site
  const layout = site.layout(0)
  const isRows = site.shape(0).length === 2 && layout?.axis === 0 && node.outputs.length === 1
  if (layout === null || !isRows || attributes.int(node, 'training_mode', 0) !== 0) return null
  const write = (into: Replacement) => {
    const turned = (tensor: string) => into.op('Transpose', [tensor], { perm: [0, 2, 1] })
    const inputs = [turned(node.inputs[0]!), ...node.inputs.slice(1)]
    const normalized = into.op('BatchNormalization', inputs, node.attributes)
    into.finish(turned(normalized), normalized)
  }
  return { layouts: [layout], write }
}

/** A reduction of axes that have no samples. */
export const reduce: Rule = (site) => {
  const { node } = site
  const layout = site.layout(0)
  const axes = site.numbers(1)?.map((axis) => fromFront(axis, site.shape(0).length)) ?? []
  if (layout === null || axes.length === 0 || axes.includes(layout.axis)) return null
  const isKept = attributes.int(node, 'keepdims', 1) === 1
  const gone = isKept ? 0 : axes.filter((axis) => axis < layout.axis).length
  const moved = axes.map((axis) => movedAxis(layout, axis))
  const write = (into: Replacement) => into.keep({ inputs: [node.inputs[0]!, into.ints(moved)] })
  return { layouts: [{ ...layout, axis: layout.axis - gone }], write }
}

/** CumSum along an axis that has no samples. */
export const cumSum: Rule = (site) => {
  const { node } = site
  const layout = site.layout(0)
  const axes = site.numbers(1)?.map((axis) => fromFront(axis, site.shape(0).length))
  if (layout === null || axes?.length !== 1 || axes[0] === layout.axis) return null
  const moved = int64([movedAxis(layout, axes[0]!)], [])
  const write = (into: Replacement) => into.keep({ inputs: [node.inputs[0]!, into.constant('axis', moved)] })
  return { layouts: [layout], write }
}

/** Gather along an axis that has no samples, at positions that are the same for all of them. */
export const gather: Rule = (site) => {
  const { node } = site
  const layout = site.layout(0)
  const axis = fromFront(attributes.int(node, 'axis', 0), site.shape(0).length)
  if (layout === null || site.layout(1) || axis === layout.axis) return null
  const shift = axis < layout.axis ? site.shape(1).length - 1 : 0
  const write = (into: Replacement) => into.keep({ attributes: withAxis(node, movedAxis(layout, axis)) })
  return { layouts: [{ ...layout, axis: layout.axis + shift }], write }
}

/** What a Slice takes of one axis. */
interface Cut {
  readonly axis: number
  readonly values: readonly number[]
}

/** The cuts of a Slice that shorten an axis or turn it round, or null where one of them cuts samples. */
function cutsOf(site: Site, layout: Layout): readonly Cut[] | null {
  const rank = site.shape(0).length
  const starts = site.numbers(1)
  const ends = site.numbers(2)
  const axes = site.has(3) ? site.numbers(3) : starts?.map((_, i) => i)
  const steps = site.has(4) ? site.numbers(4) : starts?.map(() => 1)
  if (!starts || !ends || !axes || !steps) return null
  const cuts = axes.map((given, i): Cut => {
    return { axis: fromFront(given, rank), values: [starts[i]!, ends[i]!, steps[i]!] }
  })
  const others = cuts.filter(({ axis }) => axis !== layout.axis)
  const isWhole = sameDim(site.shape(0)[layout.axis]!, site.outputShape()[layout.axis]!)
  return isWhole && cuts.every(({ axis, values }) => axis !== layout.axis || values[2] === 1) ? others : null
}

/** Slice of axes that have no samples. */
export const slice: Rule = (site) => {
  const layout = site.layout(0)
  const cuts = layout && cutsOf(site, layout)
  if (!cuts) return null
  const input = site.node.inputs[0]!
  const write = (into: Replacement) => {
    const column = (i: number) => into.ints(cuts.map(({ values }) => values[i]!))
    const axes = into.ints(cuts.map(({ axis }) => movedAxis(layout, axis)))
    if (cuts.length === 0) into.keep({ op: 'Identity', inputs: [input] })
    else into.keep({ inputs: [input, column(0), column(1), axes, column(2)] })
  }
  return { layouts: [layout], write }
}

/** Pad of axes that have no samples. */
export const pad: Rule = (site) => {
  const layout = site.layout(0)
  const rank = site.shape(0).length
  const pads = site.numbers(1)
  const axes = site.has(3) ? site.numbers(3) : Array.from({ length: rank }, (_, i) => i)
  if (layout === null || !pads || !axes) return null
  const at = (axis: number) => axes.findIndex((given) => fromFront(given, rank) === axis)
  const own = at(layout.axis)
  if (own >= 0 && (pads[own] !== 0 || pads[own + axes.length] !== 0)) return null
  const side = (offset: number) =>
    keptAxes(layout, rank).map((axis) => (at(axis) < 0 ? 0 : pads[at(axis) + offset]!))
  const moved = [0, ...side(0), 0, ...side(axes.length)]
  const [input, , value = ''] = site.node.inputs
  const write = (into: Replacement) =>
    into.keep({ inputs: [input!, into.ints(moved), ...(value === '' ? [] : [value])] })
  return { layouts: [layout], write }
}
