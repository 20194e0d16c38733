import { reshaped, sizeOf, type Tensor, zeros } from '../tensor.ts'
import { attribute, type Call, inputOf, type Operation } from './operation.ts'
import { inside, meeting, slidingWindow, transposedWindow, type Window } from './window.ts'

/** A cross-correlation with zero padding: weights are [outChannels, inChannels / groups, ...kernel]. */
interface Correlation {
  readonly window: Window
  readonly batch: number
  readonly inChannels: number
  readonly outChannels: number
  readonly groups: number
}

/** Kernel element `k` meets `count` neighbouring outputs from `y` on and inputs from `x` on (one channel's plane). */
interface Run {
  readonly k: number
  readonly x: number
  readonly y: number
  readonly count: number
}

/** Range of output positions along the last axis that meet the input under kernel position k. */
function lastAxisRange(w: Window, k: number): { from: number; count: number } {
  const hits = Array.from({ length: w.output[2]! }, (_, o) => o).filter((o) =>
    inside(w, 2, meeting(w, 2, o, k)),
  )
  return { from: hits[0] ?? 0, count: hits.length }
}

/** Adds a run, as part of the one before where it goes on without a gap in both tensors (kernels of size one). */
function extend(runs: Run[], stride: number, run: Run): void {
  const last = runs.at(-1)
  const follows = last?.k === run.k && last.y + last.count === run.y && last.x + last.count * stride === run.x
  if (follows) runs[runs.length - 1] = { ...last, count: last.count + run.count }
  else runs.push(run)
}

/** All meetings of outputs, kernel elements and inputs of one pair of channels, in runs along the last axis. */
function runsOf(w: Window): Run[] {
  const runs: Run[] = []
  const [depth, height, width] = w.kernel as [number, number, number]
  for (let k = 0; k < depth * height * width; k++) {
    const [kd, kh, kw] = [Math.floor(k / (height * width)), Math.floor(k / width) % height, k % width]
    const { from, count } = lastAxisRange(w, kw)
    if (count === 0) continue
    for (let od = 0; od < w.output[0]!; od++) {
      const id = meeting(w, 0, od, kd)
      for (let oh = 0; inside(w, 0, id) && oh < w.output[1]!; oh++) {
        const ih = meeting(w, 1, oh, kh)
        if (!inside(w, 1, ih)) continue
        const x = (id * w.input[1]! + ih) * w.input[2]! + meeting(w, 2, from, kw)
        extend(runs, w.stride[2]!, { k, x, y: (od * w.output[1]! + oh) * w.output[2]! + from, count })
      }
    }
  }
  return runs
}

/** Calls back with the offsets of the planes of every batch row and connected pair of channels. */
function forEachPair(c: Correlation, visit: (x: number, y: number, w: number) => void): void {
  const [ins, outs] = [c.inChannels / c.groups, c.outChannels / c.groups]
  for (let n = 0; n < c.batch; n++) {
    for (let o = 0; o < c.outChannels; o++) {
      for (let i = 0; i < ins; i++) {
        const channel = Math.floor(o / outs) * ins + i
        visit(
          (n * c.inChannels + channel) * sizeOf(c.window.input),
          (n * c.outChannels + o) * sizeOf(c.window.output),
          (o * ins + i) * sizeOf(c.window.kernel),
        )
      }
    }
  }
}

/** y[n, o, p] = sum over i, k of w[o, i, k] * x[n, i, p * stride + k * dilation - begin]. */
function correlate(c: Correlation, x: Float64Array, weight: Float64Array, y: Float64Array): void {
  const runs = runsOf(c.window)
  const stride = c.window.stride[2]!
  forEachPair(c, (x0, y0, w0) => {
    for (const { k, x: from, y: to, count } of runs) {
      const w = weight[w0 + k]!
      if (w === 0) continue
      for (let i = 0; i < count; i++) y[y0 + to + i]! += w * x[x0 + from + i * stride]!
    }
  })
}

/** The transpose of {@link correlate} in x: every product is added at the input instead of the output. */
function spread(c: Correlation, y: Float64Array, weight: Float64Array, x: Float64Array): void {
  const runs = runsOf(c.window)
  const stride = c.window.stride[2]!
  forEachPair(c, (x0, y0, w0) => {
    for (const { k, x: to, y: from, count } of runs) {
      const w = weight[w0 + k]!
      if (w === 0) continue
      for (let i = 0; i < count; i++) x[x0 + to + i * stride]! += w * y[y0 + from + i]!
    }
  })
}

/** A linear map of a layer with replaceable weights, without its bias, and its transpose. */
export interface LinearPair {
  apply(x: Tensor, weight: Tensor): Tensor
  pull(upper: Tensor, weight: Tensor): Tensor
}

/** A bias [C] as a tensor that broadcasts to [N, C, ...] with the given number of spatial axes. */
export const channelBias = (bias: Tensor, spatial: number): Tensor =>
  reshaped(bias, [bias.shape[0]!, ...Array(spatial).fill(1)])

const groupsOf = (call: Call): number => attribute(call.node, 'group', 'int') ?? 1

/** The linear part of a Conv node. */
export function convPair(call: Call): LinearPair {
  const [x, w] = [inputOf(call, 0).shape, inputOf(call, 1).shape]
  const window = slidingWindow(call.node, x.slice(2), w.slice(2))
  const c = { window, batch: x[0]!, inChannels: x[1]!, outChannels: w[0]!, groups: groupsOf(call) }
  const outShape = [c.batch, c.outChannels, ...window.output.slice(5 - x.length)]
  return {
    apply: (value, weight) => filled(outShape, (y) => correlate(c, value.data, weight.data, y)),
    pull: (upper, weight) => filled(x, (out) => spread(c, upper.data, weight.data, out)),
  }
}

/** The linear part of a ConvTranspose node: the transpose of a convolution, with weights [in, out / groups, ...]. */
export function convTransposePair(call: Call): LinearPair {
  const [x, w] = [inputOf(call, 0).shape, inputOf(call, 1).shape]
  const window = transposedWindow(call.node, x.slice(2), w.slice(2))
  const groups = groupsOf(call)
  const c = { window, batch: x[0]!, inChannels: w[1]! * groups, outChannels: x[1]!, groups }
  const outShape = [c.batch, c.inChannels, ...window.input.slice(5 - x.length)]
  return {
    apply: (value, weight) => filled(outShape, (y) => spread(c, value.data, weight.data, y)),
    pull: (upper, weight) => filled(x, (out) => correlate(c, upper.data, weight.data, out)),
  }
}

function filled(shape: readonly number[], fill: (data: Float64Array) => void): Tensor {
  const out = zeros(shape)
  fill(out.data)
  return out
}

/** Adds a bias per channel (axis 1) in place of a fresh result. */
function withBias(z: Tensor, bias: Tensor | null | undefined): Tensor {
  if (!bias) return z
  const plane = sizeOf(z.shape.slice(2))
  const data = z.data.map((value, i) => value + bias.data[Math.floor(i / plane) % bias.data.length]!)
  return { ...z, data }
}

const operation = (pair: (call: Call) => LinearPair): Operation => ({
  forward: (call) => withBias(pair(call).apply(inputOf(call, 0), inputOf(call, 1)), call.inputs[2]),
  backward: (call, upper) => [pair(call).pull(upper, inputOf(call, 1)), null, null],
})

/** Conv in one to three dimensions. */
export const conv = operation(convPair)

/** ConvTranspose in one to three dimensions. */
export const convTranspose = operation(convTransposePair)
