import type { GraphBuilder } from '../../src/index.ts'
import { fixedAxes, product, type State, type Step, without } from './state.ts'

const divisors = (n: number): readonly number[] =>
  Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0)

const target = ({ sizes, at }: State) => sizes.map((size, axis) => (axis === at ? -1 : size))
const reshaped = (b: GraphBuilder, from: State, to: Omit<State, 't'>): State => {
  const state = { ...to, t: from.t }
  return { ...to, t: b.op('Reshape', [from.t, b.ints(target(state))]) }
}

const transpose: Step = (b, s, c) => {
  const rest = [...s.sizes.keys()]
  const perm: number[] = []
  while (rest.length > 0) perm.push(...rest.splice(c.below(rest.length), 1))
  const t = b.op('Transpose', [s.t], { perm })
  return { ...s, t, sizes: perm.map((axis) => s.sizes[axis]!), at: perm.indexOf(s.at) }
}

const merge: Step = (b, s, c) => {
  if (s.sizes.length < 2) return null
  const k = c.below(s.sizes.length - 1)
  const [left, right] = [s.sizes[k]!, s.sizes[k + 1]!]
  const sizes = without(s.sizes, k + 1).map((size, i) => (i === k ? left * right : size))
  const before = k + 1 === s.at ? s.before * left : s.before
  const after = k === s.at ? s.after * right : s.after
  return reshaped(b, s, { sizes, at: s.at > k ? s.at - 1 : s.at, before, after })
}

const divide: Step = (b, s, c) => {
  if (s.sizes.length > 5) return null
  const k = c.below(s.sizes.length)
  const put = (...parts: readonly number[]) => s.sizes.flatMap((size, i) => (i === k ? parts : [size]))
  if (k !== s.at) {
    const d = c.of(divisors(s.sizes[k]!))!
    return reshaped(b, s, { ...s, sizes: put(d, s.sizes[k]! / d), at: s.at > k ? s.at + 1 : s.at })
  }
  const isFront = c.below(2) === 0
  const d = c.of(divisors(isFront ? s.before : s.after))!
  const [before, after] = isFront ? [s.before / d, s.after] : [s.before, s.after / d]
  const own = before * after
  return reshaped(b, s, {
    sizes: isFront ? put(d, own) : put(own, d),
    at: isFront ? s.at + 1 : s.at,
    before,
    after,
  })
}

const unsqueeze: Step = (b, s, c) => {
  if (s.sizes.length > 4) return null
  const rank = s.sizes.length + 1
  const axis = c.below(rank)
  const t = b.op('Unsqueeze', [s.t, b.ints([c.below(2) ? axis : axis - rank])])
  const sizes = [...s.sizes.slice(0, axis), 1, ...s.sizes.slice(axis)]
  return { ...s, t, sizes, at: s.at >= axis ? s.at + 1 : s.at }
}

const squeeze: Step = (b, s, c) => {
  const axis = c.of(fixedAxes(s).filter((i) => s.sizes[i] === 1))
  if (axis === undefined) return null
  const t = b.op('Squeeze', [s.t, b.ints([axis])])
  return { ...s, t, sizes: without(s.sizes, axis), at: s.at > axis ? s.at - 1 : s.at }
}

const flatten: Step = (b, s, c) => {
  const k = c.below(s.sizes.length + 1)
  const [front, back] = [s.sizes.slice(0, k), s.sizes.slice(k)]
  const isFront = s.at < k
  const axes = isFront ? front : back
  const at = isFront ? s.at : s.at - k
  return {
    t: b.op('Flatten', [s.t], { axis: k }),
    sizes: [product(front), product(back)],
    at: isFront ? 0 : 1,
    before: product(axes.slice(0, at)) * s.before,
    after: product(axes.slice(at + 1)) * s.after,
  }
}

/** Steps that move values and compute nothing; what moves samples comes up more often. */
export const movers: readonly Step[] = [
  ...[transpose, transpose, transpose, merge, merge, divide, divide],
  ...[unsqueeze, squeeze, flatten],
]
