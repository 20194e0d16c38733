import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain } from '../compile/relevance.ts'
import { type AxisMap, pullAlongAxes, selectionMatrix } from './axis-map.ts'
import { keepsSign, numbersOf } from './operands.ts'
import type { Operator, Site } from './operator.ts'
import { rearrange } from './structural.ts'

/** How much to add (or with a negative number to cut) before and after each axis. */
export interface Margin {
  readonly axis: number
  readonly before: number
  readonly after: number
}

/** Adds zeros around a tensor of the given rank. */
export function padded(e: Emitter, x: string, rank: number, margins: readonly Margin[]): string {
  if (margins.every(({ before, after }) => before === 0 && after === 0)) return x
  const side = (amount: (margin: Margin) => number) =>
    Array.from({ length: rank }, (_, axis) => {
      const margin = margins.find((m) => m.axis === axis)
      return margin ? amount(margin) : 0
    })
  return e.op('Pad', [x, e.ints([...side((m) => m.before), ...side((m) => m.after)])])
}

/** One axis of a slice: its first position, its step, how many it takes, and how many there are. */
interface Cut {
  readonly axis: number
  readonly start: number
  readonly step: number
  readonly count: number
  readonly size: number
}

/** The axes that a Slice cuts. Starts are clamped as the ONNX operator specification says; shapes give the ends. */
function cutsOf({ node, inputs, output }: Site, facts: GraphFacts): readonly Cut[] {
  const [starts, , axes, steps] = [1, 2, 3, 4].map((i) => numbersOf(facts, node.inputs[i]))
  const rank = facts.rank(output)
  const [before, after] = [facts.type(inputs[0]!).shape, facts.type(output).shape]
  return starts!.flatMap((given, i): Cut[] => {
    const axis = ((axes?.[i] ?? i) + rank) % rank
    const [size, count] = [before[axis]!, after[axis]!]
    const step = steps?.[i] ?? 1
    if (typeof size !== 'number' || typeof count !== 'number') return []
    const start = Math.min(Math.max(given < 0 ? given + size : given, 0), step > 0 ? size : size - 1)
    return [{ axis, start, step, count, size }]
  })
}

const pickedBy = ({ start, step, count }: Cut): readonly number[] =>
  Array.from({ length: count }, (_, i) => start + i * step)

const asMap = (e: Emitter, cut: Cut): AxisMap => ({
  axis: cut.axis,
  matrix: selectionMatrix(e, cut.size, pickedBy(cut)),
  inputs: cut.size,
})

/** Slice: relevance goes back to the positions that were taken; the others get zero. */
export const slice: Operator = {
  op: 'Slice',
  type: () => null,
  gradient(e, layer, r) {
    const cuts = cutsOf(layer, e.facts)
    if (cuts.every(({ step }) => step === 1)) {
      const margins = cuts.map(({ axis, start, count, size }) => ({
        axis,
        before: start,
        after: size - start - count,
      }))
      return [rearrange(r, (x) => padded(e, x, e.facts.rank(layer.output), margins))]
    }
    const maps = cuts.map((cut) => asMap(e, cut))
    return [plain(pullAlongAxes(e, e.materialize(r), e.facts.sizes(layer.output), maps))]
  },
  nonNegative: keepsSign,
  refuse: ({ node }, facts) =>
    [1, 3, 4].every((i) => !node.inputs[i] || numbersOf(facts, node.inputs[i]) !== null)
      ? null
      : 'where it cuts is not constant',
}

/** The axis of a node as its attribute gives it, counted from the front. */
const axisOf = ({ node, inputs }: Site, facts: GraphFacts): number => {
  const rank = facts.rank(inputs[0]!)
  return (attributes.int(node, 'axis', 0) + rank) % rank
}

/** Split: a layer for each output; relevance of one is put back where it was cut from. */
export const split: Operator = {
  op: 'Split',
  type: () => null,
  gradient(e, layer, r) {
    const axis = axisOf(layer, e.facts)
    const sizeOf = (name: string) => e.facts.sizes(name)[axis - 1]!
    const position = layer.node.outputs.indexOf(layer.output)
    const before = layer.node.outputs.slice(0, position).reduce((sum, name) => sum + sizeOf(name), 0)
    const after = sizeOf(layer.inputs[0]!) - before - sizeOf(layer.output)
    return [rearrange(r, (x) => padded(e, x, e.facts.rank(layer.output), [{ axis, before, after }]))]
  },
  nonNegative: keepsSign,
  refuse: (layer, facts) => (axisOf(layer, facts) === 0 ? 'it splits the batch axis' : null),
}
