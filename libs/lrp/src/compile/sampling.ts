import type { Emitter } from './emitter.ts'
import type { MaxTarget, SampledChannels } from './plan.ts'

/** Code of TensorProto.DataType. */
const int32 = 6

/**
 * Emits what feature visualization reads of a tensor of rows: per channel its sum over the positions or its greatest value,
 * and the position of that value, the first one where several are equal (zennit-crp, `ChannelConcept.reference_sampling`).
 * @param like the forward tensor whose axes the tensor has
 */
export function sampledChannels(
  e: Emitter,
  tensor: string,
  like: string,
  maxTarget: MaxTarget,
): SampledChannels {
  const [channels, ...positions] = e.facts.sizes(like)
  if (positions.length === 0) return { values: tensor, neurons: null }
  const count = positions.reduce((a, b) => a * b, 1)
  const flat = e.op('Reshape', [tensor, e.ints([-1, channels!, count])])
  const first = e.op('ArgMax', [flat], { axis: 2, keepdims: 1, select_last_index: 0 })
  const channel = (x: string) => e.op('Squeeze', [x, e.ints([2])])
  return {
    values:
      maxTarget === 'sum'
        ? e.channelSums(tensor, like)
        : channel(e.op('GatherElements', [flat, first], { axis: 2 })),
    neurons: channel(e.op('Cast', [first], { to: int32 })),
  }
}
