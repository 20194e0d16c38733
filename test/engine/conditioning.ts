import { type Constant, constants, type Model } from '@crp-serve/onnx'
import { type Explanation, explain, type Options } from '../reference/lrp.ts'
import type { Tensor } from '../reference/tensor.ts'
import type { Rows } from './compiled-run.ts'

/** A question to the reference. */
export interface Problem {
  readonly model: Model
  /** The data of every row. */
  readonly input: Rows
  readonly options: Options
}

/** The reference's answer in float64. */
export const solve = ({ model, input, options }: Problem): Explanation => explain(model, input, options)

/** Size of the relative changes: eight times the distance of neighbouring float32 numbers. */
const nudge = 2 ** -20

/** Directions in which the i-th number is moved: to and fro with different periods, and some that look random. */
const directions: readonly ((i: number) => boolean)[] = [
  (i) => i % 2 === 0,
  (i) => i % 4 < 2,
  (i) => i % 6 < 3,
  (i) => Math.sin(12.9898 * (i + 1)) > 0,
  (i) => Math.sin(78.233 * (i + 1)) > 0,
]

type Nudge = (value: number, i: number) => number

const nudges = directions.map(
  (up): Nudge =>
    (value, i) =>
      value * (up(i) ? 1 + nudge : 1 - nudge),
)

const nudgedConstant = (constant: Constant, move: Nudge): Constant =>
  constant.dataType === 'float32'
    ? constants.float32(Float32Array.from(constants.toNumbers(constant), move), constant.dims)
    : constant

function nudgedModel(model: Model, move: Nudge): Model {
  const initializers = new Map(
    [...model.graph.initializers].map(([name, constant]) => [name, nudgedConstant(constant, move)] as const),
  )
  return { ...model, graph: { ...model.graph, initializers } }
}

const nudgedStart =
  ({ startWith }: Options, move: Nudge): NonNullable<Options['startWith']> =>
  (value) => {
    const start = startWith?.(value) ?? value
    return { ...start, data: start.data.map(move) }
  }

const isSixteenth = (value: number): boolean => Number.isInteger(16 * value) && Math.abs(value) <= 4

/**
 * Whether the forward pass of a problem is exact in float32: all its numbers are small multiples of 1/16, and only
 * sums of products and maxima are taken of them, along one path.
 */
export function isExact({ model: { graph }, input }: Problem): boolean {
  const floats = [...graph.initializers.values()].filter(({ dataType }) => dataType === 'float32')
  const numbers = [input.data, ...floats.map(constants.toNumbers)]
  const inexact = /Add|Sum|Average|Mean|Normalization|Sigmoid|Softmax/
  return (
    numbers.every((list) => Array.from(list).every(isSixteenth)) &&
    !graph.nodes.some((node) => inexact.test(node.op))
  )
}

const largest = ({ data }: Tensor): number => data.reduce((max, value) => Math.max(max, Math.abs(value)), 0)

/** Largest change between two tensors relative to the largest value of the first. */
function change(before: Tensor, after: Tensor): number {
  const difference = largest({ ...before, data: before.data.map((value, i) => value - after.data[i]!) })
  return difference === 0 ? 0 : difference / largest(before)
}

function changeUnder(move: Nudge, { model, input, options }: Problem, answer: Explanation, exact: boolean) {
  const moved = solve({
    model: exact ? model : nudgedModel(model, move),
    input: exact ? input : { ...input, data: Array.from(input.data, move) },
    options: { ...options, startWith: nudgedStart(options, move) },
  })
  const recorded = [...answer.relevance].map(([name, r]) => change(r, moved.relevance.get(name)!))
  return Math.max(change(answer.input, moved.input), ...recorded)
}

/**
 * How much the reference's own answer magnifies relative changes of the numbers that it is given. Rounding to
 * float32 is such a change: an answer of amplification A cannot be met better than A times 6e-8 in float32. Of an
 * exact problem, whose denominators are free of rounding, only the start relevance is changed.
 */
export function amplification(problem: Problem, answer: Explanation): number {
  const exact = isExact(problem)
  return Math.max(...nudges.map((move) => changeUnder(move, problem, answer, exact))) / nudge
}
