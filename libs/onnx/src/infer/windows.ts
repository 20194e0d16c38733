import { int, ints, string } from '../graph/attributes.ts'
import type { NodeContext } from './context.ts'

/** Geometry of a sliding window: one entry for each spatial axis. Shared by convolutions and pools. */
export interface Windows {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Padding in front of and behind each axis, as declared; {@link autoPad} says when it does not count. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly autoPad: string
  readonly ceilMode: boolean
}

/** The window attributes of a node with a kernel of these sizes, absent ones at their defaults. */
export function windowsOf(c: NodeContext, kernel: readonly number[]): Windows {
  const axes = kernel.length
  const read = (name: string, length: number, otherwise: number): readonly number[] => {
    const values = ints(c.node, name) ?? Array.from({ length }, () => otherwise)
    return values.length === length
      ? values
      : c.fail(`${name} has ${values.length} entries, ${length} are needed`)
  }
  const pads = read('pads', 2 * axes, 0)
  const strides = read('strides', axes, 1)
  const dilations = read('dilations', axes, 1)
  if ([...kernel, ...strides, ...dilations].some((v) => v < 1))
    c.fail('kernel, strides and dilations must be at least 1')
  return {
    kernel,
    strides,
    dilations,
    before: pads.slice(0, axes),
    after: pads.slice(axes),
    autoPad: string(c.node, 'auto_pad', 'NOTSET'),
    ceilMode: int(c.node, 'ceil_mode', 0) === 1,
  }
}

/**
 * How many windows fit on one axis, exactly as ONNX Runtime counts them. With `ceil_mode` a last window that would
 * begin behind the input and its front padding is dropped (ONNX pull request 5741).
 */
export function windowCount(w: Windows, axis: number, size: number): number {
  const stride = w.strides[axis]!
  const reach = w.dilations[axis]! * (w.kernel[axis]! - 1) + 1
  if (w.autoPad === 'SAME_UPPER' || w.autoPad === 'SAME_LOWER') return Math.ceil(size / stride)
  const padded = w.autoPad === 'VALID' ? size : size + w.before[axis]! + w.after[axis]!
  const count = Math.floor((padded - reach) / stride) + 1
  if (!w.ceilMode) return count
  const more = Math.ceil((padded - reach) / stride) + 1
  return (more - 1) * stride >= size + (w.autoPad === 'VALID' ? 0 : w.before[axis]!) ? more - 1 : more
}
