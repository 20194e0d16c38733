import type { Node } from '@crp-serve/onnx'
import { attribute } from './operation.ts'

/**
 * How a window slides over the spatial axes, always written with three of them (missing ones lead, with size 1):
 * output position o and kernel position k meet at input position o * stride + k * dilation - begin.
 */
export interface Window {
  readonly input: readonly number[]
  readonly output: readonly number[]
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  /** Padding before and behind the input. */
  readonly begin: readonly number[]
  readonly end: readonly number[]
}

/** Three axes out of one to three: the missing ones lead. */
export const lifted = (values: readonly number[], filler: number): number[] => [
  ...Array(3 - values.length).fill(filler),
  ...values,
]

/** One spatial axis of a sliding window before its output size is known. */
interface Axis {
  readonly size: number
  readonly stride: number
  /** Distance from the first to behind the last kernel element. */
  readonly extent: number
  readonly pads: readonly [number, number]
}

const ones = (rank: number): number[] => Array(rank).fill(1)

/** Splits a padding by the auto_pad mode: SAME_UPPER puts the odd element behind, SAME_LOWER before. */
const split = (total: number, mode: string): [number, number] => {
  const [small, large] = [Math.floor(total / 2), Math.ceil(total / 2)]
  return mode === 'SAME_UPPER' ? [small, large] : [large, small]
}

/** Padding of one axis under auto_pad (ONNX operators, Conv). */
function padded(
  axis: Omit<Axis, 'pads'>,
  mode: string,
  explicit: readonly [number, number],
): [number, number] {
  if (mode === 'NOTSET') return [...explicit]
  if (mode === 'VALID') return [0, 0]
  const outputs = Math.ceil(axis.size / axis.stride)
  return split(Math.max(0, (outputs - 1) * axis.stride + axis.extent - axis.size), mode)
}

/** Number of window positions; in ceil mode a last window that would start in the end padding is left out. */
function positions({ size, stride, extent, pads }: Axis, ceil: boolean): number {
  const steps = (size + pads[0] + pads[1] - extent) / stride
  if (!ceil) return Math.floor(steps) + 1
  const count = Math.ceil(steps) + 1
  return (count - 1) * stride >= size + pads[0] ? count - 1 : count
}

/** The window of a Conv or pooling node over an input with the given spatial sizes. */
export function slidingWindow(node: Node, input: readonly number[], kernel: readonly number[]): Window {
  const rank = input.length
  const stride = attribute(node, 'strides', 'ints') ?? ones(rank)
  const dilation = attribute(node, 'dilations', 'ints') ?? ones(rank)
  const pads = attribute(node, 'pads', 'ints') ?? Array(2 * rank).fill(0)
  const mode = attribute(node, 'auto_pad', 'string') ?? 'NOTSET'
  const ceil = (attribute(node, 'ceil_mode', 'int') ?? 0) !== 0 && mode === 'NOTSET'
  const axes = input.map((size, i) => {
    const axis = { size, stride: stride[i]!, extent: (kernel[i]! - 1) * dilation[i]! + 1 }
    return { ...axis, pads: padded(axis, mode, [pads[i]!, pads[i + rank]!]) }
  })
  return lift({
    input,
    output: axes.map((axis) => positions(axis, ceil)),
    kernel,
    stride,
    dilation,
    begin: axes.map((axis) => axis.pads[0]),
    end: axes.map((axis) => axis.pads[1]),
  })
}

const lift = (w: Window): Window => ({
  input: lifted(w.input, 1),
  output: lifted(w.output, 1),
  kernel: lifted(w.kernel, 1),
  stride: lifted(w.stride, 1),
  dilation: lifted(w.dilation, 1),
  begin: lifted(w.begin, 0),
  end: lifted(w.end, 0),
})

/** Output size and padding of one axis of a ConvTranspose (ONNX operators, ConvTranspose). */
function grown(axis: Axis, outputPadding: number, mode: string, asked: number | undefined) {
  const unpadded = axis.stride * (axis.size - 1) + outputPadding + axis.extent
  const size = asked ?? (mode.startsWith('SAME') ? axis.size * axis.stride : undefined)
  if (size !== undefined) return { size, pads: split(Math.max(0, unpadded - size), mode) }
  const pads = mode === 'VALID' ? ([0, 0] as const) : axis.pads
  return { size: unpadded - pads[0] - pads[1], pads }
}

/**
 * The window of the convolution whose transpose a ConvTranspose node is: its `output` is the node's input and its
 * `input` the node's output.
 */
export function transposedWindow(node: Node, output: readonly number[], kernel: readonly number[]): Window {
  const rank = output.length
  const stride = attribute(node, 'strides', 'ints') ?? ones(rank)
  const dilation = attribute(node, 'dilations', 'ints') ?? ones(rank)
  const pads = attribute(node, 'pads', 'ints') ?? Array(2 * rank).fill(0)
  const extra = attribute(node, 'output_padding', 'ints') ?? Array(rank).fill(0)
  const mode = attribute(node, 'auto_pad', 'string') ?? 'NOTSET'
  const asked = attribute(node, 'output_shape', 'ints')?.slice(-rank)
  const axes = output.map((size, i) => {
    const extent = (kernel[i]! - 1) * dilation[i]! + 1
    const axis = { size, stride: stride[i]!, extent, pads: [pads[i]!, pads[i + rank]!] as const }
    return grown(axis, extra[i]!, mode, asked?.[i])
  })
  return lift({
    input: axes.map((axis) => axis.size),
    output,
    kernel,
    stride,
    dilation,
    begin: axes.map((axis) => axis.pads[0]),
    end: axes.map((axis) => axis.pads[1]),
  })
}

/** Input position that output position o and kernel position k meet at along an axis; outside the input in padding. */
export const meeting = (w: Window, axis: number, o: number, k: number): number =>
  o * w.stride[axis]! + k * w.dilation[axis]! - w.begin[axis]!

/** Whether a position along an axis lies inside the input. */
export const inside = (w: Window, axis: number, position: number): boolean =>
  position >= 0 && position < w.input[axis]!
