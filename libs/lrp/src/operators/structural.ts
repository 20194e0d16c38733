import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import type { Operator } from './operator.ts'

/** Applies a rearrangement of values to both parts of a relevance. */
const rearrange = (r: Relevance, f: (x: string) => string): Relevance => ({
  value: f(r.value),
  factor: r.factor === null ? null : f(r.factor),
})

const all = (inputs: readonly boolean[]): boolean => inputs.every(Boolean)

const rearranging = (op: string, back: (emitter: Emitter, layer: Layer, x: string) => string): Operator => ({
  op,
  type: () => null,
  gradient: (emitter, layer, r) => [rearrange(r, (x) => back(emitter, layer, x))],
  nonNegative: (_layer, inputs) => all(inputs),
})

const reshaping = (op: string): Operator =>
  rearranging(op, (emitter, layer, x) => emitter.reshapeLike(x, layer.inputs[0]!))

/** Operators that only change the shape; relevance takes the shape of the input again. */
export const reshape = reshaping('Reshape')
export const flatten = reshaping('Flatten')
export const squeeze = reshaping('Squeeze')
export const unsqueeze = reshaping('Unsqueeze')

/** Operators that hand their input on at inference time. */
export const identity = rearranging('Identity', (_emitter, _layer, x) => x)
export const dropout = rearranging('Dropout', (_emitter, _layer, x) => x)
export const cast = rearranging('Cast', (_emitter, _layer, x) => x)
export const castLike = rearranging('CastLike', (_emitter, _layer, x) => x)

/** Transpose: the inverse permutation. */
export const transpose = rearranging('Transpose', (emitter, layer, x) => {
  const rank = emitter.facts.rank(layer.output)
  const perm = attributes.ints(layer.node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i)
  const inverse = perm.map((_, i) => perm.indexOf(i))
  return emitter.op('Transpose', [x], { perm: inverse })
})

/** Where the input at a position of a Concat begins and ends on the joined axis. */
function bounds(emitter: Emitter, node: Layer['node'], axis: number): readonly (readonly [number, number])[] {
  let end = 0
  return node.inputs.map((name) => {
    const size = emitter.facts.type(name).shape[axis]
    if (typeof size !== 'number') throw new Error(`Concat ${node.name} joins the batch axis`)
    end += size
    return [end - size, end] as const
  })
}

/** Concat: every input gets its own slice. */
export const concat: Operator = {
  op: 'Concat',
  type: () => null,
  gradient(emitter, layer, r) {
    const rank = emitter.facts.rank(layer.output)
    const axis = (attributes.int(layer.node, 'axis', 1) + rank) % rank
    const ranges = bounds(emitter, layer.node, axis)
    return layer.inputs.map((name, i) => {
      const [start, end] = ranges[positions(layer, name, i)]!
      return rearrange(r, (x) =>
        emitter.op('Slice', [x, emitter.ints([start]), emitter.ints([end]), emitter.ints([axis])]),
      )
    })
  },
  nonNegative: (_layer, inputs) => all(inputs),
  refuse(layer, facts) {
    const rank = facts.rank(layer.output)
    const axis = (attributes.int(layer.node, 'axis', 1) + rank) % rank
    return axis === 0 ? 'it joins the batch axis' : null
  },
}

/** Position among the node's inputs of the `i`-th relevance-carrying one, which may stand there twice. */
function positions(layer: Layer, name: string, i: number): number {
  const before = layer.inputs.slice(0, i).filter((other) => other === name).length
  let seen = 0
  return layer.node.inputs.findIndex((other) => other === name && seen++ === before)
}

/** Expand: relevance is summed over the axes that were broadcast. */
export const expand: Operator = {
  op: 'Expand',
  type: () => null,
  gradient: (emitter, layer, r) => [
    plain(unbroadcast(emitter, emitter.materialize(r), layer.output, layer.inputs[0]!)),
  ],
  nonNegative: (_layer, inputs) => all(inputs),
}

/** Sums a tensor shaped like `from` over every axis along which `to` was broadcast to it. */
export function unbroadcast(emitter: Emitter, r: string, from: string, to: string): string {
  const wide = emitter.facts.type(from).shape
  const narrow = emitter.facts.type(to).shape
  const lead = wide.length - narrow.length
  const axes = wide.flatMap((dim, i) => (i < lead || (narrow[i - lead] === 1 && dim !== 1) ? [i] : []))
  if (axes.includes(0)) throw new Error(`the batch axis of ${from} is broadcast`)
  const summed = axes.length === 0 ? r : emitter.sum(r, axes)
  return lead === 0 ? summed : emitter.reshapeLike(summed, to)
}
