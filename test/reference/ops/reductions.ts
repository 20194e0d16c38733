import { zeros, zerosLike } from '../tensor.ts'
import { groupsAlong, reducedShape, spatialAxes } from './groups.ts'
import { attribute, axesOf, type Call, inputOf, type Operation } from './operation.ts'

/** A function of a list of numbers with its partial derivatives. */
interface Reduction {
  value(xs: readonly number[]): number
  slopes(xs: readonly number[]): readonly number[]
}

const reducing = (
  reduction: (call: Call) => Reduction,
  axes: (call: Call) => readonly number[],
  keeps: (call: Call) => boolean,
): Operation => ({
  forward(call) {
    const x = inputOf(call, 0)
    const out = zeros(reducedShape(x.shape, axes(call), keeps(call)))
    groupsAlong(x.shape, axes(call)).forEach((members, i) => {
      out.data[i] = reduction(call).value(members.map((at) => x.data[at]!))
    })
    return out
  },
  backward(call, upper) {
    const x = inputOf(call, 0)
    const out = zerosLike(x)
    groupsAlong(x.shape, axes(call)).forEach((members, i) => {
      const slopes = reduction(call).slopes(members.map((at) => x.data[at]!))
      members.forEach((at, k) => {
        out.data[at] = upper.data[i]! * slopes[k]!
      })
    })
    return [out, ...call.inputs.slice(1).map(() => null)]
  },
})

const overAxes = (reduction: Reduction): Operation =>
  reducing(
    () => reduction,
    (call) => axesOf(call)!,
    ({ node }) => (attribute(node, 'keepdims', 'int') ?? 1) !== 0,
  )

const overSpace = (reduction: (call: Call) => Reduction): Operation =>
  reducing(
    reduction,
    (call) => spatialAxes(inputOf(call, 0).shape),
    () => true,
  )

const total = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0)

/** An extremum; the first of equal ones has the whole gradient. */
const extremum = (pick: (...xs: number[]) => number): Reduction => ({
  value: (xs) => pick(...xs),
  slopes: (xs) => xs.map((_, k) => (k === xs.indexOf(pick(...xs)) ? 1 : 0)),
})

/** (sum of |x|^p)^(1/p). */
export const powerNorm = (p: number): Reduction => {
  const value = (xs: readonly number[]): number => total(xs.map((x) => Math.abs(x) ** p)) ** (1 / p)
  const slope = (x: number, y: number): number => (y === 0 ? 0 : Math.sign(x) * (Math.abs(x) / y) ** (p - 1))
  return { value, slopes: (xs) => xs.map((x) => slope(x, value(xs))) }
}

const logSumExp: Reduction = {
  value: (xs) => Math.log(total(xs.map(Math.exp))),
  slopes: (xs) => xs.map((x) => Math.exp(x) / total(xs.map(Math.exp))),
}

/** Operators that reduce axes to one value. */
export const reductions: Readonly<Record<string, Operation>> = {
  GlobalLpPool: overSpace(({ node }) => powerNorm(attribute(node, 'p', 'int') ?? 2)),
  GlobalMaxPool: overSpace(() => extremum(Math.max)),
  ReduceL1: overAxes(powerNorm(1)),
  ReduceL2: overAxes(powerNorm(2)),
  ReduceLogSumExp: overAxes(logSumExp),
  ReduceMax: overAxes(extremum(Math.max)),
  ReduceMin: overAxes(extremum(Math.min)),
  ReduceSumSquare: overAxes({
    value: (xs) => total(xs.map((x) => x * x)),
    slopes: (xs) => xs.map((x) => 2 * x),
  }),
}
