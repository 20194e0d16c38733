import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import { pullAlongAxes, selectionMatrix } from './axis-map.ts'
import { keepsSign, numbersOf } from './operands.ts'
import type { Operator, Site } from './operator.ts'
import { padded } from './slicing.ts'
import { rearrange } from './structural.ts'

/** Constant picks of `size` positions along an axis of tensors whose other axes have the given sizes. */
export interface Picks {
  readonly picks: readonly number[]
  readonly size: number
  readonly axis: number
  /** Sizes behind the batch axis with the picked positions on `axis`. */
  readonly sizes: readonly number[]
}

/** For every input position the output that it went to, or null; null altogether where one went to several. */
function inverse(picks: readonly number[], inputs: number): readonly (number | null)[] | null {
  const found: (number | null)[] = Array.from({ length: inputs }, () => null)
  for (const [output, input] of picks.entries()) {
    if (found[input] !== null) return null
    found[input] = output
  }
  return found
}

/** Puts outputs back by another Gather; positions that nothing was taken from read a zero behind the last one. */
function gatherBack(
  e: Emitter,
  x: string,
  rank: number,
  axis: number,
  from: readonly (number | null)[],
  count: number,
) {
  const missing = from.includes(null)
  const source = missing ? padded(e, x, rank, [{ axis, before: 0, after: 1 }]) : x
  return e.op('Gather', [source, e.ints(from.map((output) => output ?? count))], { axis })
}

/** Puts relevance back to where it was picked from, summed where it was picked twice. */
export function unpicked(e: Emitter, r: Relevance, { picks, size, axis, sizes }: Picks): Relevance {
  const flat = (x: string) => e.op('Reshape', [x, e.ints([-1, ...sizes])])
  const from = inverse(picks, size)
  if (from !== null)
    return rearrange(r, (x) => gatherBack(e, flat(x), sizes.length + 1, axis, from, picks.length))
  const map = { axis, matrix: selectionMatrix(e, size, picks), inputs: size }
  return plain(pullAlongAxes(e, flat(e.materialize(r)), sizes, [map]))
}

const axisOf = ({ node, inputs }: Site, facts: GraphFacts): number => {
  const rank = facts.rank(inputs[0]!)
  return (attributes.int(node, 'axis', 0) + rank) % rank
}

function picksOf(layer: Layer, facts: GraphFacts): Picks {
  const axis = axisOf(layer, facts)
  const all = facts.sizes(layer.inputs[0]!)
  const size = all[axis - 1]!
  const picks = numbersOf(facts, layer.node.inputs[1])!.map((i) => (i < 0 ? i + size : i))
  return { picks, size, axis, sizes: all.map((n, i) => (i === axis - 1 ? picks.length : n)) }
}

/** Gather with constant indices: relevance goes back to where it was taken from. */
export const gather: Operator = {
  op: 'Gather',
  type: () => null,
  gradient: (e, layer, r) => [unpicked(e, r, picksOf(layer, e.facts))],
  nonNegative: keepsSign,
  refuse(layer, facts) {
    if (numbersOf(facts, layer.node.inputs[1]) === null) return 'its indices are not constant'
    return axisOf(layer, facts) === 0 ? 'it picks from the batch axis' : null
  },
}
