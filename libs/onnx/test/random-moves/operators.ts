import type { GraphBuilder } from '../../src/index.ts'
import { type Choices, fixedAxes, last, resized, type State, type Step, weights, without } from './state.ts'

/** A constant that is the same for every sample and broadcasts to a tensor. */
function constantFor(b: GraphBuilder, s: State, c: Choices): string {
  const length = c.below(s.sizes.length + 1)
  const from = s.sizes.length - length
  return weights(
    b,
    s.sizes.slice(from).map((size, i) => (from + i === s.at || c.below(3) === 0 ? 1 : size)),
  )
}

const withConstant: Step = (b, s, c) => {
  const op = c.of(['Add', 'Mul', 'Sub', 'Max'])!
  const operands = [s.t, constantFor(b, s, c)]
  return { ...s, t: b.op(op, c.below(2) ? operands : operands.reverse()) }
}

const where: Step = (b, s, c) => {
  const mask = b.op('Greater', [constantFor(b, s, c), b.scalar(0)])
  return { ...s, t: b.op('Where', [mask, s.t, constantFor(b, s, c)]) }
}

const alongAxis =
  (emit: (b: GraphBuilder, t: string, axis: number, c: Choices) => string): Step =>
  (b, s, c) => {
    const axis = c.of(fixedAxes(s))
    if (axis === undefined) return null
    return { ...s, t: emit(b, s.t, c.below(2) ? axis : axis - s.sizes.length, c) }
  }

const softmax = alongAxis((b, t, axis) => b.op('Softmax', [t], { axis }))
const withMean = alongAxis((b, t, axis) => b.op('Add', [t, b.op('ReduceMean', [t, b.ints([axis])])]))
const running = alongAxis((b, t, axis, c) =>
  b.op('CumSum', [t, b.int(axis)], { exclusive: c.below(2), reverse: c.below(2) }),
)

const reduce: Step = (b, s, c) => {
  const axis = c.of(fixedAxes(s))
  if (axis === undefined) return null
  const isKept = c.below(2) === 1
  const t = b.op(c.of(['ReduceSum', 'ReduceMax'])!, [s.t, b.ints([axis])], { keepdims: isKept ? 1 : 0 })
  if (isKept) return resized(s, axis, 1, t)
  return { ...s, t, sizes: without(s.sizes, axis), at: s.at > axis ? s.at - 1 : s.at }
}

const gather: Step = (b, s, c) => {
  const axis = c.of(fixedAxes(s))
  if (axis === undefined) return null
  const size = s.sizes[axis]!
  const picked = Array.from({ length: 1 + c.below(3) }, () => c.below(size))
  if (c.below(3) === 0) {
    const t = b.op('Gather', [s.t, b.int(picked[0]! - size)], { axis })
    return { ...s, t, sizes: without(s.sizes, axis), at: s.at > axis ? s.at - 1 : s.at }
  }
  return resized(
    s,
    axis,
    picked.length,
    b.op('Gather', [s.t, b.ints(picked)], { axis: axis - s.sizes.length }),
  )
}

const slice: Step = (b, s, c) => {
  const axis = c.of(fixedAxes(s))
  if (axis === undefined) return null
  const size = s.sizes[axis]!
  const from = c.below(size)
  const [starts, ends, steps] = c.below(2) ? [from, size, 1] : [from - size, -size - 1, -1]
  const kept = steps === 1 ? size - from : from + 1
  const t = b.op('Slice', [
    s.t,
    b.ints([0, starts]),
    b.ints([2 ** 31 - 1, ends]),
    b.ints([s.at, axis]),
    b.ints([1, steps]),
  ])
  return resized(s, axis, kept, t)
}

const concat: Step = (b, s, c) => {
  const axis = c.of(fixedAxes(s))
  if (axis === undefined) return null
  return resized(s, axis, 2 * s.sizes[axis]!, b.op('Concat', [b.op('Tanh', [s.t]), s.t], { axis }))
}

const split: Step = (b, s, c) => {
  const axis = c.of(fixedAxes(s).filter((i) => s.sizes[i]! > 1))
  if (axis === undefined) return null
  const first = 1 + c.below(s.sizes[axis]! - 1)
  const parts = b.ops('Split', [s.t, b.ints([first, s.sizes[axis]! - first])], 2, { axis })
  return { ...s, t: b.op('Concat', [parts[1]!, parts[0]!], { axis }) }
}

const pad: Step = (b, s, c) => {
  const axis = c.of(fixedAxes(s))
  if (axis === undefined) return null
  const [left, right] = [c.below(2), c.below(3)]
  const given = [s.t, b.ints([left, right]), b.scalar(0.5), b.ints([axis])]
  return resized(s, axis, left + s.sizes[axis]! + right, b.op('Pad', given))
}

const tile: Step = (b, s, c) => {
  const axis = c.of(fixedAxes(s))
  if (axis === undefined) return null
  const repeats = s.sizes.map((_, i) => (i === axis ? 2 : 1))
  return resized(s, axis, 2 * s.sizes[axis]!, b.op('Tile', [s.t, b.ints(repeats)]))
}

const expand: Step = (b, s, c) => {
  const axis = c.of(fixedAxes(s).filter((i) => s.sizes[i] === 1))
  if (axis === undefined) return null
  const length = s.sizes.length - c.below(axis + 1)
  const shape = s.sizes.map((_, i) => (i === axis ? 3 : 1)).slice(s.sizes.length - length)
  return resized(s, axis, 3, b.op('Expand', [s.t, b.ints(shape)]))
}

const rightMatrix: Step = (b, s, c) => {
  if (s.at === last(s)) return null
  const columns = 1 + c.below(3)
  return resized(s, last(s), columns, b.op('MatMul', [s.t, weights(b, [s.sizes[last(s)]!, columns])]))
}

const leftMatrix: Step = (b, s, c) => {
  if (s.at >= last(s) - 1) return null
  const rows = 1 + c.below(3)
  return resized(s, last(s) - 1, rows, b.op('MatMul', [weights(b, [rows, s.sizes[last(s) - 1]!]), s.t]))
}

const gemm: Step = (b, s, c) => {
  if (s.sizes.length !== 2 || s.at !== 0) return null
  const [inputs, outputs, transB] = [s.sizes[1]!, 1 + c.below(4), c.below(2)]
  const matrix = weights(b, transB ? [outputs, inputs] : [inputs, outputs])
  const bias = [[outputs], [1, outputs], [1]][c.below(3)]!
  return resized(s, 1, outputs, b.op('Gemm', [s.t, matrix, weights(b, bias)], { transB }))
}

const attention: Step = (b, s) => {
  if (s.at >= last(s) - 1 || s.sizes.length < 3) return null
  const perm = [...s.sizes.keys()].map((i) => (i < last(s) - 1 ? i : last(s) + last(s) - 1 - i))
  const scores = b.op('Softmax', [b.op('MatMul', [s.t, b.op('Transpose', [s.t], { perm })])], { axis: -1 })
  return { ...s, t: b.op('MatMul', [scores, s.t]) }
}

const layerNorm: Step = (b, s) => {
  if (s.at === last(s)) return null
  const size = s.sizes[last(s)]!
  return { ...s, t: b.op('LayerNormalization', [s.t, weights(b, [size])], { axis: -1, epsilon: 0.1 }) }
}

/** A learned row put in front of those of every sample. */
const learned: Step = (b, s, c) => {
  const axis = c.of(fixedAxes(s))
  if (axis === undefined || s.before * s.after !== 1) return null
  const count = b.op('Shape', [s.t], { start: s.at, end: s.at + 1 })
  const own = s.sizes.map((size, i) => (i === axis || i === s.at ? 1 : size))
  const parts = own.map((size, i) => (i === s.at ? count : b.ints([size])))
  const shape = b.op('Concat', parts, { axis: 0 })
  const row = b.op('Expand', [weights(b, own), shape])
  return resized(s, axis, 1 + s.sizes[axis]!, b.op('Concat', [row, s.t], { axis }))
}

/** A sum with a tensor made before. */
const joined: Step = (b, s, c, earlier) => {
  const fits = (o: State) => {
    const lead = s.sizes.length - o.sizes.length
    const isSame = o.before === s.before && o.after === s.after && o.at + lead === s.at
    return lead >= 0 && isSame && o.sizes.every((size, i) => size === 1 || size === s.sizes[i + lead])
  }
  const other = c.of(earlier.filter(fits))
  return other ? { ...s, t: b.op('Mul', [s.t, other.t]) } : null
}

/** Steps that compute something of every sample. */
export const operators: readonly Step[] = [
  ...[
    withConstant,
    where,
    softmax,
    withMean,
    running,
    reduce,
    gather,
    slice,
    concat,
    split,
    pad,
    tile,
    expand,
  ],
  ...[rightMatrix, leftMatrix, gemm, attention, layerNorm, learned, joined],
]
