import { attributes } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { Layer } from '../layers/layer.ts'
import { numberOf, refuseVariable } from './operands.ts'
import { activation, asFloat, inputOf, whereAbove } from './pointwise.ts'

/** Activation functions that are straight lines between bends; the derivative at a bend is PyTorch's. */

/** Relu: relevance passes where the input is above zero (the derivative at zero is zero). */
export const relu = activation('Relu', (e, layer) => e.indicator('Greater', inputOf(layer)), {
  nonNegative: () => true,
})

/** LeakyRelu: `alpha` is the slope at and below zero. */
export const leakyRelu = activation('LeakyRelu', (e, layer) =>
  whereAbove(
    e,
    inputOf(layer),
    0,
    e.scalar(1),
    e.scalar(attributes.float(layer.node, 'alpha', Math.fround(0.01))),
  ),
)

/** PRelu with learned slopes, constant at inference. */
export const pRelu = activation(
  'PRelu',
  (e, layer) => whereAbove(e, inputOf(layer), 0, e.scalar(1), layer.node.inputs[1]!),
  { refuse: refuseVariable(1, 'its slope depends') },
)

/** ThresholdedRelu: x above `alpha`, else zero. */
export const thresholdedRelu = activation(
  'ThresholdedRelu',
  (e, layer) =>
    whereAbove(e, inputOf(layer), attributes.float(layer.node, 'alpha', 1), e.scalar(1), e.scalar(0)),
  {
    nonNegative: (layer, inputs) => inputs.every(Boolean) || attributes.float(layer.node, 'alpha', 1) >= 0,
  },
)

/** Ones where a tensor lies strictly between two bounds (tensors of one value; null: no bound). */
function between(e: Emitter, x: string, low: string | null, high: string | null): string {
  const above = low === null ? null : e.op('Greater', [x, low])
  const below = high === null ? null : e.op('Less', [x, high])
  const both = above !== null && below !== null ? e.op('And', [above, below]) : (above ?? below)
  return asFloat(e, both ?? e.op('Equal', [x, x]))
}

/** Clip (ReLU6, Hardtanh): the derivative is zero at both bounds. */
export const clip = activation(
  'Clip',
  (e, layer) => between(e, inputOf(layer), layer.node.inputs[1] || null, layer.node.inputs[2] || null),
  {
    nonNegative: ({ node }, inputs, facts) =>
      (numberOf(facts, node.inputs[1]) ?? -1) >= 0 ||
      (inputs.every(Boolean) && (!node.inputs[2] || (numberOf(facts, node.inputs[2]) ?? -1) >= 0)),
    refuse: refuseVariable(1, 'its bounds depend'),
  },
)

const slopeOf = (layer: Layer): number => attributes.float(layer.node, 'alpha', Math.fround(0.2))

/** HardSigmoid: alpha * x + beta, cut to [0, 1]. */
export const hardSigmoid = activation(
  'HardSigmoid',
  (e, layer) => e.mul(between(e, layer.output, e.scalar(0), e.scalar(1)), e.scalar(slopeOf(layer))),
  { nonNegative: () => true },
)

/** HardSwish: x * min(max(x / 6 + 1 / 2, 0), 1); its derivative is x / 3 + 1 / 2 between -3 and 3. */
export const hardSwish = activation('HardSwish', (e, layer) => {
  const x = inputOf(layer)
  const inside = e.add(e.div(x, e.scalar(3)), e.scalar(0.5))
  const right = e.op('Where', [e.op('Less', [x, e.scalar(3)]), inside, e.scalar(1)])
  return whereAbove(e, x, -3, right, e.scalar(0))
})

/** Shrink (Hardshrink, Softshrink): zero between -lambd and lambd, where relevance stops. */
export const shrink = activation('Shrink', (e, layer) => {
  const bound = e.scalar(attributes.float(layer.node, 'lambd', 0.5))
  return asFloat(e, e.op('Greater', [e.op('Abs', [inputOf(layer)]), bound]))
})
