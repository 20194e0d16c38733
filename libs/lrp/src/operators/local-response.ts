import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import { plain } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import { pullAlongAxis } from './axis-map.ts'
import { keepsSign } from './operands.ts'
import type { Operator } from './operator.ts'
import { square } from './pointwise.ts'

/** For every pair of channels [from, to] whether `from` is in the window of `to` (ONNX LRN). */
function windowMatrix(e: Emitter, channels: number, size: number): string {
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)]
  const matrix = Float32Array.from({ length: channels * channels }, (_, i) => {
    const [from, to] = [Math.floor(i / channels), i % channels]
    return from >= to - before && from <= to + after ? 1 : 0
  })
  return e.floats(matrix, [channels, channels])
}

/** The sum of a tensor over every channel's window, or its transpose. */
function overWindows(e: Emitter, x: string, layer: Layer, direction: 'forward' | 'back'): string {
  const sizes = e.facts.sizes(layer.output)
  const matrix = windowMatrix(e, sizes[0]!, attributes.int(layer.node, 'size', 1))
  const used = direction === 'back' ? matrix : e.op('Transpose', [matrix], { perm: [1, 0] })
  return pullAlongAxis(e, x, sizes, 1, used, sizes[0]!)
}

/**
 * Local response normalization over channels, y = x * d^-beta with d = bias + alpha / size * (sum of x^2 over the
 * window) (Krizhevsky et al. 2012): r * d^-beta less the share of the windows, 2 alpha beta / size * x * W^T(r y / d).
 */
export const lrn: Operator = {
  op: 'LRN',
  type: () => 'normalization',
  gradient(e, layer, r) {
    const [x, y] = [layer.inputs[0]!, layer.output]
    const alpha = attributes.float(layer.node, 'alpha', Math.fround(1e-4))
    const beta = attributes.float(layer.node, 'beta', 0.75)
    const scale = e.scalar(alpha / attributes.int(layer.node, 'size', 1))
    const bias = e.scalar(attributes.float(layer.node, 'bias', 1))
    const d = e.add(e.mul(overWindows(e, square(e, x), layer, 'forward'), scale), bias)
    const direct = e.materialize(e.scale(r, e.op('Pow', [d, e.scalar(-beta)])))
    const windows = overWindows(e, e.materialize(e.scale(r, e.div(y, d))), layer, 'back')
    const shared = e.mul(e.mul(windows, e.mul(x, scale)), e.scalar(2 * beta))
    return [plain(e.sub(direct, shared))]
  },
  nonNegative: keepsSign,
}
