import { axisOf, sizeOf, type Tensor, zerosLike } from '../tensor.ts'
import { groupsAlong, spatialAxes } from './groups.ts'
import { attribute, type Call, inputOf, type Operation } from './operation.ts'

type Group = readonly number[]

/** Groups of offsets that are normalized together. */
type Groups = (call: Call) => readonly Group[]

/** Scale or bias (input 1 or 2) at an offset of the data. */
type Parameter = (call: Call, input: 1 | 2, offset: number) => number

const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

interface Statistics {
  readonly mean: number
  readonly deviation: number
}

function statistics(call: Call, xs: readonly number[]): Statistics {
  const centre = mean(xs)
  const epsilon = attribute(call.node, 'epsilon', 'float') ?? 1e-5
  return { mean: centre, deviation: Math.sqrt(mean(xs.map((x) => (x - centre) ** 2)) + epsilon) }
}

/** d y_i / d x_j of y = (x - mean) / deviation over n numbers: (n [i = j] - 1 - y_i y_j) / (n deviation). */
function jacobian(y: readonly number[], i: number, j: number, deviation: number): number {
  return ((i === j ? y.length : 0) - 1 - y[i]! * y[j]!) / (y.length * deviation)
}

function normalizedGroup(call: Call, x: Tensor, members: Group) {
  const found = statistics(
    call,
    members.map((at) => x.data[at]!),
  )
  return { ...found, y: members.map((at) => (x.data[at]! - found.mean) / found.deviation) }
}

/** Mean zero and variance one within each group, then scale and bias. The gradient is the Jacobian, element by element. */
const normalization = (groups: Groups, parameter: Parameter): Operation => ({
  forward(call) {
    const x = inputOf(call, 0)
    const out = zerosLike(x)
    for (const members of groups(call)) {
      const { y } = normalizedGroup(call, x, members)
      members.forEach((at, i) => {
        out.data[at] = y[i]! * parameter(call, 1, at) + parameter(call, 2, at)
      })
    }
    return out
  },
  backward(call, upper) {
    const x = inputOf(call, 0)
    const out = zerosLike(x)
    for (const members of groups(call)) {
      const { y, deviation } = normalizedGroup(call, x, members)
      members.forEach((at, j) => {
        members.forEach((from, i) => {
          out.data[at]! += upper.data[from]! * parameter(call, 1, from) * jacobian(y, i, j, deviation)
        })
      })
    }
    return [out, null, null]
  },
})

const channelOf = (shape: readonly number[], offset: number): number =>
  Math.floor(offset / sizeOf(shape.slice(2))) % shape[1]!

const perChannel: Parameter = (call, input, offset) =>
  inputOf(call, input).data[channelOf(inputOf(call, 0).shape, offset)]!

const lastAxes = (call: Call): number[] => {
  const { shape } = inputOf(call, 0)
  const first = axisOf(attribute(call.node, 'axis', 'int') ?? -1, shape.length)
  return shape.map((_, axis) => axis).slice(first)
}

/** LayerNormalization over the last axes; scale and bias have their shape, and the bias may be missing. */
const layerNormalization = normalization(
  (call) => groupsAlong(inputOf(call, 0).shape, lastAxes(call)),
  (call, input, offset) => {
    const values = call.inputs[input]
    return values ? values.data[offset % values.data.length]! : 0
  },
)

const instanceNormalization = normalization((call) => {
  const { shape } = inputOf(call, 0)
  return groupsAlong(shape, spatialAxes(shape))
}, perChannel)

const groupsOfChannels = (call: Call): number => attribute(call.node, 'num_groups', 'int')!

/** GroupNormalization; scale and bias are given per channel (opset 21) or per group (opset 18). */
const groupNormalization = normalization(
  (call) => {
    const { shape } = inputOf(call, 0)
    const count = groupsOfChannels(call)
    return groupsAlong([shape[0]! * count, sizeOf(shape) / (shape[0]! * count)], [1])
  },
  (call, input, offset) => {
    const { shape } = inputOf(call, 0)
    const channel = channelOf(shape, offset)
    const { data } = inputOf(call, input)
    return data[data.length === shape[1] ? channel : Math.floor((channel * data.length) / shape[1]!)]!
  },
)

/** Channels (first and last) in the window of a channel of LRN: floor((size - 1) / 2) before, ceil behind. */
const windowOf = (channel: number, channels: number, size: number): [number, number] => [
  Math.max(0, channel - Math.floor((size - 1) / 2)),
  Math.min(channels - 1, channel + Math.ceil((size - 1) / 2)),
]

/** One position of LRN: y_c = x_c / (bias + alpha / size * sum of squares in the window of c)^beta. */
function respond(call: Call, xs: readonly number[]) {
  const size = attribute(call.node, 'size', 'int')!
  const alpha = attribute(call.node, 'alpha', 'float') ?? 1e-4
  const beta = attribute(call.node, 'beta', 'float') ?? 0.75
  const bias = attribute(call.node, 'bias', 'float') ?? 1
  const windows = xs.map((_, c) => windowOf(c, xs.length, size))
  const sums = windows.map(([from, to]) => xs.slice(from, to + 1).reduce((sum, x) => sum + x * x, 0))
  const bases = sums.map((sum) => bias + (alpha / size) * sum)
  const slope = (c: number, d: number): number => {
    const inWindow = d >= windows[c]![0] && d <= windows[c]![1]
    const shared = inWindow ? (-2 * beta * alpha * xs[c]! * xs[d]!) / size / bases[c]! : 0
    return ((c === d ? 1 : 0) + shared) * bases[c]! ** -beta
  }
  return { values: xs.map((x, c) => x * bases[c]! ** -beta), slope }
}

const lrn: Operation = {
  forward(call) {
    const x = inputOf(call, 0)
    const out = zerosLike(x)
    for (const members of groupsAlong(x.shape, [1])) {
      const { values } = respond(
        call,
        members.map((at) => x.data[at]!),
      )
      members.forEach((at, c) => {
        out.data[at] = values[c]!
      })
    }
    return out
  },
  backward(call, upper) {
    const x = inputOf(call, 0)
    const out = zerosLike(x)
    for (const members of groupsAlong(x.shape, [1])) {
      const { slope } = respond(
        call,
        members.map((at) => x.data[at]!),
      )
      members.forEach((at, d) => {
        members.forEach((from, c) => {
          out.data[at]! += upper.data[from]! * slope(c, d)
        })
      })
    }
    return [out]
  },
}

/** Operators that normalize by statistics of the data. */
export const normalizations: Readonly<Record<string, Operation>> = {
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LRN: lrn,
  LayerNormalization: layerNormalization,
}
