import type { Emitter } from './emitter.ts'
import type { MaxTarget, SampledChannels } from './plan.ts'

/** Code of TensorProto.DataType. */
const int32 = 6

/** Positions from which on the greatest value is searched line by line. */
const manyPositions = 512

/** What is sampled of: a tensor of rows, its channels, and the sizes of its positions. */
interface Site {
  readonly tensor: string
  readonly channels: number
  readonly positions: readonly number[]
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

const argMax = (e: Emitter, x: string, axis: number): string =>
  e.op('ArgMax', [x], { axis, keepdims: 1, select_last_index: 0 })

/** The channels' greatest values and where they are, both [rows, channels, 1]. */
function peaks(e: Emitter, { tensor, channels, positions }: Site): { value: string; position: string } {
  const flat = e.op('Reshape', [tensor, e.ints([-1, channels, product(positions)])])
  const position = argMax(e, flat, 2)
  return { value: e.op('GatherElements', [flat, position], { axis: 2 }), position }
}

/**
 * Where the greatest values are, [rows, channels, 1, 1]: first the line that has it, then the place in the line. ReduceMax
 * reads a tensor several times faster than ArgMax. The result is the same, but where there are NaN.
 */
function positionByLines(e: Emitter, { tensor, channels, positions }: Site): string {
  const width = positions.at(-1)!
  const lines = e.op('Reshape', [tensor, e.ints([-1, channels, product(positions) / width, width])])
  const line = argMax(e, e.op('ReduceMax', [lines, e.ints([3])], { keepdims: 1 }), 2)
  const chosen = e.op('Expand', [line, e.ints([1, 1, 1, width])])
  const within = argMax(e, e.op('GatherElements', [lines, chosen], { axis: 2 }), 3)
  return e.op('Add', [e.op('Mul', [line, e.ints([width])]), within])
}

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
  const site = { tensor, channels: channels!, positions }
  const perChannel = (x: string) => e.op('Reshape', [x, e.ints([-1, channels!])])
  const neurons = (position: string) => perChannel(e.op('Cast', [position], { to: int32 }))
  if (maxTarget === 'max') {
    const { value, position } = peaks(e, site)
    return { values: perChannel(value), neurons: neurons(position) }
  }
  const byLines = positions.length > 1 && product(positions) >= manyPositions
  const position = byLines ? positionByLines(e, site) : peaks(e, site).position
  return { values: e.channelSums(tensor, like), neurons: neurons(position) }
}
