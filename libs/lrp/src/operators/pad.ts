import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import { pullAlongAxes, selectionMatrix } from './axis-map.ts'
import { numberOf, numbersOf } from './operands.ts'
import type { Operator, Site } from './operator.ts'
import { type Margin, padded } from './slicing.ts'
import { rearrange } from './structural.ts'

/** The axes that a Pad widens or, with negative pads, narrows. */
function marginsOf({ node, inputs }: Site, facts: GraphFacts): readonly Margin[] {
  const rank = facts.rank(inputs[0]!)
  const pads = numbersOf(facts, node.inputs[1])!
  const axes = numbersOf(facts, node.inputs[3]) ?? Array.from({ length: rank }, (_, i) => i)
  return axes
    .map((axis, i) => ({
      axis: (axis + rank) % rank,
      before: pads[i]!,
      after: pads[i + axes.length]!,
    }))
    .filter(({ before, after }) => before !== 0 || after !== 0)
}

/** Takes off what a Pad added and puts zeros where it cut. */
function unpadded(e: Emitter, layer: Layer, x: string, margins: readonly Margin[]): string {
  const sizes = e.facts.sizes(layer.output)
  const cut = e.op('Slice', [
    x,
    e.ints(margins.map(({ before }) => Math.max(before, 0))),
    e.ints(margins.map(({ axis, after }) => sizes[axis - 1]! - Math.max(after, 0))),
    e.ints(margins.map(({ axis }) => axis)),
  ])
  const opposite = margins.map(({ axis, before, after }) => ({
    axis,
    before: Math.max(-before, 0),
    after: Math.max(-after, 0),
  }))
  const grows = opposite.some(({ before, after }) => before > 0 || after > 0)
  return grows ? padded(e, cut, sizes.length + 1, opposite) : cut
}

/** The input position that a position at or beyond the edge of an axis takes its value from, per mode. */
const sources: Readonly<Record<string, (position: number, size: number) => number>> = {
  edge: (i, size) => Math.min(Math.max(i, 0), size - 1),
  wrap: (i, size) => ((i % size) + size) % size,
  reflect: (i, size) => {
    const period = Math.max(2 * (size - 1), 1)
    const inside = ((i % period) + period) % period
    return inside < size ? inside : period - inside
  },
}

const modeOf = ({ node }: Site): string => attributes.string(node, 'mode', 'constant')

/** Every output position of a padded axis with the input position that its value comes from. */
function picksOf(layer: Site, facts: GraphFacts, { axis, before }: Margin): readonly number[] {
  const [inputs, outputs] = [layer.inputs[0]!, layer.output].map((t) => facts.sizes(t)[axis - 1]!) as [
    number,
    number,
  ]
  return Array.from({ length: outputs }, (_, i) => sources[modeOf(layer)]!(i - before, inputs))
}

/**
 * Pad with a constant, whose place gets no relevance, or with values of the input (reflect, edge, wrap), which get
 * the relevance of all their copies.
 */
export const pad: Operator = {
  op: 'Pad',
  type: () => null,
  gradient(e, layer, r) {
    const margins = marginsOf(layer, e.facts)
    if (margins.length === 0) return [r]
    if (modeOf(layer) === 'constant') return [rearrange(r, (x) => unpadded(e, layer, x, margins))]
    const maps = margins.map((margin) => {
      const inputs = e.facts.sizes(layer.inputs[0]!)[margin.axis - 1]!
      return {
        axis: margin.axis,
        matrix: selectionMatrix(e, inputs, picksOf(layer, e.facts, margin)),
        inputs,
      }
    })
    return [plain(pullAlongAxes(e, e.materialize(r), e.facts.sizes(layer.output), maps))]
  },
  nonNegative: ({ node }, inputs, facts) =>
    inputs.every(Boolean) && (!node.inputs[2] || (numberOf(facts, node.inputs[2]) ?? -1) >= 0),
  refuse(layer, facts) {
    const constant = [1, 3].every((i) => !layer.node.inputs[i] || numbersOf(facts, layer.node.inputs[i]))
    if (!constant) return 'how much it pads is not constant'
    if (layer.node.inputs[2] && !facts.isConstant(layer.node.inputs[2])) return 'it pads with an activation'
    return modeOf(layer) === 'constant' || modeOf(layer) in sources ? null : `its mode is ${modeOf(layer)}`
  },
}
