import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import { allNonNegative, keepsSign, operandPositions, toOperand } from './operands.ts'
import type { Operator, Site } from './operator.ts'

/** Applies a rearrangement of values to both parts of a relevance. */
export const rearrange = (r: Relevance, f: (x: string) => string): Relevance => ({
  value: f(r.value),
  factor: r.factor === null ? null : f(r.factor),
})

const rearranging = (op: string, back: (emitter: Emitter, layer: Layer, x: string) => string): Operator => ({
  op,
  type: () => null,
  gradient: (emitter, layer, r) => [rearrange(r, (x) => back(emitter, layer, x))],
  nonNegative: keepsSign,
})

const reshaping = (op: string): Operator =>
  rearranging(op, (emitter, layer, x) => emitter.reshapeLike(x, layer.inputs[0]!))

/** Operators that only change the shape; relevance takes the shape of the input again. */
export const reshape = reshaping('Reshape')
export const flatten = reshaping('Flatten')
export const squeeze = reshaping('Squeeze')
export const unsqueeze = reshaping('Unsqueeze')

/** Operators that hand their input on at inference time. */
const handingOn = (op: string): Operator => rearranging(op, (_emitter, _layer, x) => x)
export const identity = handingOn('Identity')
export const dropout = handingOn('Dropout')
export const cast = handingOn('Cast')
export const castLike = handingOn('CastLike')

/** Transpose: the inverse permutation. */
export const transpose = rearranging('Transpose', (emitter, layer, x) => {
  const rank = emitter.facts.rank(layer.output)
  const perm = attributes.ints(layer.node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i)
  const inverse = perm.map((_, i) => perm.indexOf(i))
  return emitter.op('Transpose', [x], { perm: inverse })
})

const joinedAxis = ({ node, output }: Site, facts: GraphFacts): number => {
  const rank = facts.rank(output)
  return (attributes.int(node, 'axis', 1) + rank) % rank
}

/** Where the input at a position of a Concat begins and ends on the joined axis, which is not the batch axis. */
function boundsAt(facts: GraphFacts, node: Layer['node'], axis: number, position: number): [number, number] {
  const sizes = node.inputs.map((name) => facts.type(name).shape[axis] as number)
  const start = sizes.slice(0, position).reduce((sum, size) => sum + size, 0)
  return [start, start + sizes[position]!]
}

/** Concat: every input gets its own slice. */
export const concat: Operator = {
  op: 'Concat',
  type: () => null,
  gradient(emitter, layer, r) {
    const axis = joinedAxis(layer, emitter.facts)
    return operandPositions(layer, emitter.facts).map((position) => {
      const [start, end] = boundsAt(emitter.facts, layer.node, axis, position)
      return rearrange(r, (x) =>
        emitter.op('Slice', [x, emitter.ints([start]), emitter.ints([end]), emitter.ints([axis])]),
      )
    })
  },
  nonNegative: allNonNegative,
  refuse: (layer, facts) => (joinedAxis(layer, facts) === 0 ? 'it joins the batch axis' : null),
}

/** Expand: relevance is summed over the axes that were broadcast. */
export const expand: Operator = {
  op: 'Expand',
  type: () => null,
  gradient: (emitter, layer, r) => [toOperand(emitter, r, layer.output, layer.inputs[0]!)],
  nonNegative: keepsSign,
}

/** Tile: relevance is summed over the copies. */
export const tile: Operator = {
  op: 'Tile',
  type: () => null,
  gradient(emitter, layer, r) {
    const [sizes, tiled] = [layer.inputs[0]!, layer.output].map((tensor) => emitter.facts.sizes(tensor))
    const split = sizes!.flatMap((size, i) => [tiled![i]! / size, size])
    const copies = emitter.op('Reshape', [emitter.materialize(r), emitter.ints([-1, ...split])])
    const axes = sizes!.map((_, i) => 2 * i + 1)
    return [plain(emitter.reduce('ReduceSum', copies, { axes, sizes: split, keepdims: false }))]
  },
  nonNegative: keepsSign,
}
