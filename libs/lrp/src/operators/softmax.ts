import { attributes } from '@crp-serve/onnx'
import { plain } from '../compile/relevance.ts'
import type { Operator } from './operator.ts'

/** Softmax over one axis (opset 13 on): p * (r - sum of p * r). */
export const softmax: Operator = {
  op: 'Softmax',
  type: () => 'softmax',
  gradient(emitter, layer, r) {
    const rank = emitter.facts.rank(layer.output)
    const axis = (attributes.int(layer.node, 'axis', -1) + rank) % rank
    const weighted = emitter.scale(r, layer.output)
    const total = emitter.sum(emitter.materialize(weighted), [axis])
    return [plain(emitter.sub(emitter.materialize(weighted), emitter.mul(total, layer.output)))]
  },
  nonNegative: () => true,
}
