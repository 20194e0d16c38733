import { attributes, type Node } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import { plain } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import type { LinearOperator, Operator } from './operator.ts'

/** A vector of channels shaped to broadcast along axis 1 of the layer's output. */
const perChannel = (emitter: Emitter, layer: Layer, vector: string): string =>
  emitter.op('Reshape', [
    vector,
    emitter.ints([1, -1, ...Array.from({ length: emitter.facts.rank(layer.output) - 2 }, () => 1)]),
  ])

/**
 * Batch normalization at inference as a channel-wise map: w = gamma / sqrt(var + eps), b = beta - mean * w.
 * Rules on parameters see this w and b.
 */
function channelScale(emitter: Emitter, layer: Layer): LinearOperator {
  const [, gamma, beta, mean, variance] = layer.node.inputs as [string, string, string, string, string]
  const epsilon = emitter.scalar(attributes.float(layer.node, 'epsilon', 1e-5))
  const weight = emitter.div(gamma, emitter.op('Sqrt', [emitter.add(variance, epsilon)]))
  return {
    weight: perChannel(emitter, layer, weight),
    bias: perChannel(emitter, layer, emitter.sub(beta, emitter.mul(mean, weight))),
    biasAxis: 1,
    apply: (v, w, b) => (b === null ? emitter.mul(v, w) : emitter.add(emitter.mul(v, w), b)),
    transpose: (r, w) => emitter.mul(r, w),
  }
}

/** Why no map of one sample stands for a batch norm in training mode. */
export const trainingReason =
  'it is in training mode, where the samples of a batch depend on each other: export in eval mode'

/** Whether a batch norm takes its statistics from the batch (ONNX attribute `training_mode`). */
export const isTraining = (node: Node): boolean => attributes.int(node, 'training_mode', 0) === 1

/** A batch normalization that no canonizer could merge (ONNX BatchNormalization at inference). */
export const batchNormalization: Operator = {
  op: 'BatchNormalization',
  type: () => 'batch_norm',
  linear: channelScale,
  gradient(emitter, layer, r) {
    const operator = channelScale(emitter, layer)
    return [plain(operator.transpose(emitter.materialize(r), operator.weight))]
  },
  nonNegative: () => false,
  refuse: (layer, facts) => {
    if (isTraining(layer.node)) return trainingReason
    const known = layer.node.inputs.slice(1).every((name) => facts.isConstant(name))
    return known ? null : 'its statistics depend on the input'
  },
}
