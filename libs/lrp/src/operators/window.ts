import { attributes, type Node } from '@crp-serve/onnx'
import type { GraphFacts } from '../compile/facts.ts'

/** How a sliding window covers the spatial axes: one entry per axis, pads resolved from `auto_pad`. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padsBegin: readonly number[]
  readonly padsEnd: readonly number[]
}

/** The spatial sizes of a [N, C, ...] tensor. */
export const spatial = (facts: GraphFacts, tensor: string): readonly number[] => facts.sizes(tensor).slice(1)

/** Number of inputs that a dilated kernel spans. */
export const span = (w: Window, axis: number): number => (w.kernel[axis]! - 1) * w.dilations[axis]! + 1

/** Pads in ONNX order: all begins, then all ends. */
export const pads = (w: Pick<Window, 'padsBegin' | 'padsEnd'>): readonly number[] => [
  ...w.padsBegin,
  ...w.padsEnd,
]

/**
 * The window of a Conv or pooling node from `large` to `small` (the spatial sizes before and after it; for
 * ConvTranspose the other way round). Follows the ONNX operator specification of `auto_pad`.
 */
export function windowOf(
  node: Node,
  kernel: readonly number[],
  large: readonly number[],
  small: readonly number[],
): Window {
  const ones = kernel.map(() => 1)
  const strides = attributes.ints(node, 'strides') ?? ones
  const dilations = attributes.ints(node, 'dilations') ?? ones
  const explicit = attributes.ints(node, 'pads') ?? [...kernel, ...kernel].map(() => 0)
  const mode = attributes.string(node, 'auto_pad', 'NOTSET')
  const base = { kernel, strides, dilations }
  if (mode === 'NOTSET') {
    return { ...base, padsBegin: explicit.slice(0, kernel.length), padsEnd: explicit.slice(kernel.length) }
  }
  if (mode === 'VALID') return { ...base, padsBegin: ones.map(() => 0), padsEnd: ones.map(() => 0) }
  const totals = kernel.map((k, i) =>
    Math.max(0, (small[i]! - 1) * strides[i]! + (k - 1) * dilations[i]! + 1 - large[i]!),
  )
  const half = totals.map((total) => Math.floor(total / 2))
  const rest = totals.map((total, i) => total - half[i]!)
  return mode === 'SAME_UPPER'
    ? { ...base, padsBegin: half, padsEnd: rest }
    : { ...base, padsBegin: rest, padsEnd: half }
}
