import { attributes, type Node } from '@crp-serve/onnx'
import { unpicked } from '../../operators/gather.ts'
import { keepsSign, numberOf, numbersOf } from '../../operators/operands.ts'
import type { Operator } from '../../operators/operator.ts'
import { rearrange } from '../../operators/structural.ts'
import { misshapen } from '../rows.ts'
import type { GraphView } from '../view.ts'
import type { LayerPattern } from './pattern.ts'

/** The summands of a sum of index tensors. */
function summands(tensor: string, view: GraphView): readonly string[] {
  const node = view.producer(tensor)
  return node?.op === 'Add' ? node.inputs.flatMap((name) => summands(name, view)) : [tensor]
}

/** How far apart samples begin where a tensor holds the start of each one: range(N) times a constant, or null. */
function sampleStride(tensor: string, view: GraphView): number | null {
  const node = view.producer(tensor)
  if (node?.op === 'Unsqueeze' || node?.op === 'Reshape') return sampleStride(node.inputs[0]!, view)
  if (node?.op === 'Mul') {
    const by = node.inputs.map((name) => numberOf(view.facts, name)).find((value) => value !== null)
    const range = node.inputs.find((name) => numberOf(view.facts, name) === null)
    const stride = range === undefined ? null : sampleStride(range, view)
    return stride === null || by === undefined ? null : stride * by
  }
  return node?.op === 'Range' && isOverBatch(node, view) ? 1 : null
}

/** Whether a Range counts the samples: 0, 1, ... N - 1. */
function isOverBatch({ inputs, outputs }: Node, { facts }: GraphView): boolean {
  const [length] = facts.type(outputs[0]!).shape
  const isBatch = typeof length === 'object' && length.batch === 1
  return isBatch && numberOf(facts, inputs[0]) === 0 && numberOf(facts, inputs[2]) === 1
}

/** The values of a constant that broadcasts to [1, ...sizes], one for each position of a sample, or null. */
function spread(tensor: string, sizes: readonly number[], view: GraphView): readonly number[] | null {
  const values = numbersOf(view.facts, tensor)
  const given = view.facts.constant(tensor)?.dims ?? []
  const dims = [...Array.from({ length: sizes.length + 1 - given.length }, () => 1), ...given].slice(1)
  if (values === null || values.length !== dims.reduce((a, b) => a * b, 1)) return null
  let positions = [0]
  for (const [axis, size] of sizes.entries()) {
    positions = positions.flatMap((at) =>
      Array.from({ length: size }, (_, i) => at * dims[axis]! + (dims[axis] === 1 ? 0 : i)),
    )
  }
  return positions.map((at) => values[at]!)
}

/** Which positions of its own sample every output position reads, or null where that cannot be told. */
function picksOf(
  indices: string,
  sampleSize: number,
  sizes: readonly number[],
  view: GraphView,
): readonly number[] | null {
  const parts = summands(indices, view)
  const starts = parts.filter((name) => sampleStride(name, view) !== null)
  if (starts.length !== 1 || sampleStride(starts[0]!, view) !== sampleSize) return null
  const offsets = parts.filter((name) => name !== starts[0]).map((name) => spread(name, sizes, view))
  if (!offsets.every((offset) => offset !== null)) return null
  const count = sizes.reduce((a, b) => a * b, 1)
  const picks = Array.from({ length: count }, (_, i) => offsets.reduce((sum, offset) => sum + offset[i]!, 0))
  return picks.every((pick) => pick >= 0 && pick < sampleSize) ? picks : null
}

/** A view of each sample that reads constant positions of it. */
const viewOf = (picks: readonly number[], size: number): Operator => ({
  op: 'StridedView',
  type: () => null,
  gradient(e, layer, r) {
    const flat = unpicked(e, r, { picks, size, axis: 1, sizes: [picks.length] })
    return [rearrange(flat, (x) => e.reshapeLike(x, layer.inputs[0]!))]
  },
  nonNegative: keepsSign,
})

/**
 * `as_strided` as PyTorch's exporter writes it: the whole batch flattened, and a Gather at computed places. Where
 * every output reads constant places of its own sample it is a rearrangement of each sample (in ConvNeXt it is the
 * identity behind the global pool).
 */
export const stridedView: LayerPattern = (last, view) => {
  const { facts } = view
  const [flat, indices] = last.inputs as [string, string]
  const reshape = last.op === 'Gather' ? view.producer(flat) : undefined
  if (reshape?.op !== 'Reshape' || attributes.int(last, 'axis', 0) !== 0 || facts.rank(flat) !== 1)
    return null
  const [input, output] = [reshape.inputs[0]!, last.outputs[0]!]
  if ([input, output].some((tensor) => misshapen(tensor, facts) !== null)) return null
  const size = facts.sizes(input).reduce((a, b) => a * b, 1)
  const picks = picksOf(indices, size, facts.sizes(output), view)
  const nodes = [reshape, last]
  if (picks === null || !view.isClosed(nodes, output)) return null
  return {
    node: last,
    operator: viewOf(picks, size),
    nodes,
    named: [last],
    inputs: [input],
    output,
    bias: null,
  }
}
