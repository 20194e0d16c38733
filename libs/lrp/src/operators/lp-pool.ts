import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import { plain } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import type { Operator } from './operator.ts'
import { signOf } from './pointwise.ts'
import { poolWindow, refuseWindowInPadding, spreadOverWindows } from './pool.ts'
import { nonZero, spatialAxes, withReducedAxes } from './reduce.ts'

const orderOf = (layer: Layer): number => attributes.int(layer.node, 'p', 2)

/** d/dx of |x|^p over p: sign(x) * |x|^(p - 1). */
function inner(e: Emitter, layer: Layer): string {
  const [x, p] = [layer.inputs[0]!, orderOf(layer)]
  if (p === 2) return x
  const sign = signOf(e, x)
  return p === 1 ? sign : e.mul(sign, e.op('Pow', [e.op('Abs', [x]), e.scalar(p - 1)]))
}

/** p * d/ds of s^(1/p) at s = y^p: y^(1 - p), and one where y is zero (there every x is zero). */
const outer = (e: Emitter, layer: Layer): string =>
  e.op('Pow', [nonZero(e, layer.output), e.scalar(1 - orderOf(layer))])

/** y = (sum of |x|^p over a window)^(1/p) (ONNX LpPool). */
export const lpPool: Operator = {
  op: 'LpPool',
  type: () => null,
  gradient(e, layer, r) {
    const shares = e.materialize(e.scale(r, outer(e, layer)))
    const spread = spreadOverWindows(e, layer, poolWindow(e, layer), shares)
    return [{ value: spread, factor: inner(e, layer) }]
  },
  nonNegative: () => true,
  refuse: refuseWindowInPadding,
}

/** The same over all spatial axes (ONNX GlobalLpPool). */
export const globalLpPool: Operator = {
  op: 'GlobalLpPool',
  type: () => null,
  gradient(e, layer, r) {
    const shares = e.materialize(e.scale(r, outer(e, layer)))
    const spread = withReducedAxes(e, shares, layer, spatialAxes(layer, e.facts))
    return [e.scale(plain(e.expandLike(spread, layer.inputs[0]!)), inner(e, layer))]
  },
  nonNegative: () => true,
}
