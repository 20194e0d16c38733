import { attributes } from '@crp-serve/onnx'
import type { GraphFacts } from '../compile/facts.ts'
import { plain } from '../compile/relevance.ts'
import type { Operator, Site } from './operator.ts'

const axisOf = ({ node, output }: Site, facts: GraphFacts): number => {
  const rank = facts.rank(output)
  return (attributes.int(node, 'axis', -1) + rank) % rank
}

const refuse = (layer: Site, facts: GraphFacts): string | null =>
  axisOf(layer, facts) === 0 ? 'it normalizes over the batch' : null

/** Softmax over one axis (opset 13 on): p * (r - sum of p * r). */
export const softmax: Operator = {
  op: 'Softmax',
  type: () => 'softmax',
  gradient(emitter, layer, r) {
    const weighted = emitter.scale(r, layer.output)
    const total = emitter.sum(emitter.materialize(weighted), [axisOf(layer, emitter.facts)], layer.output)
    return [plain(emitter.sub(emitter.materialize(weighted), emitter.mul(total, layer.output)))]
  },
  nonNegative: () => true,
  refuse,
}

/** LogSoftmax y over one axis (opset 13 on): r - e^y * sum of r. */
export const logSoftmax: Operator = {
  op: 'LogSoftmax',
  type: () => 'softmax',
  gradient(emitter, layer, r) {
    const rows = emitter.materialize(r)
    const total = emitter.sum(rows, [axisOf(layer, emitter.facts)], layer.output)
    return [plain(emitter.sub(rows, emitter.mul(total, emitter.op('Exp', [layer.output]))))]
  },
  nonNegative: () => false,
  refuse,
}
