import { attributes, constants } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import type { Operator } from './operator.ts'
import { pads, span, spatial, type Window, windowOf } from './window.ts'

function poolWindow(emitter: Emitter, layer: Layer): Window {
  const kernel = attributes.ints(layer.node, 'kernel_shape')!
  const { facts } = emitter
  return windowOf(layer.node, kernel, spatial(facts, layer.inputs[0]!), spatial(facts, layer.output))
}

/** Whether the windows cut the input into equal tiles: no overlap, no gap, no padding. */
function tiles(w: Window, inputSizes: readonly number[]): boolean {
  return w.kernel.every(
    (k, i) => w.strides[i] === k && w.dilations[i] === 1 && w.padsBegin[i] === 0 && inputSizes[i]! % k === 0,
  )
}

/** Every value repeated over its tile: [N, C, h, w] to [N, C, h * kh, w * kw]. */
const repeatOverTiles = (emitter: Emitter, x: string, kernel: readonly number[]): string =>
  emitter.op('Resize', [x, '', emitter.floats([1, 1, ...kernel], [kernel.length + 2])], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  })

/**
 * Adds values shaped like the pool's output onto zeros shaped like its input, at the positions of the maxima.
 * ONNX numbers the maxima over the whole batch; the values may have one sample's maxima for many rows.
 */
function scatterToMaxima(emitter: Emitter, layer: Layer, values: string): string {
  const { node, inputs, output } = layer
  const size = (tensor: string) => constants.elementCount(emitter.facts.sizes(tensor))
  const maxima = emitter.ops('MaxPool', [inputs[0]!], 2, { ...node.attributes })[1]!
  const outputs = size(output)
  const rows = emitter.op('Reshape', [values, emitter.ints([-1, outputs])])
  const within = emitter.op('Mod', [maxima, emitter.ints([size(inputs[0]!)])])
  const perSample = emitter.op('Reshape', [within, emitter.ints([-1, outputs])])
  const shape = emitter.op('Shape', [rows])
  const batch = emitter.op('Slice', [shape, emitter.ints([0]), emitter.ints([1]), emitter.ints([0])])
  const full = emitter.op('Concat', [batch, emitter.ints([size(inputs[0]!)])], { axis: 0 })
  const zeros = emitter.op('Expand', [emitter.scalar(0), full])
  const perRow = emitter.op('Expand', [perSample, shape])
  const sum = emitter.op('ScatterElements', [zeros, perRow, rows], { axis: 1, reduction: 'add' })
  return emitter.reshapeLike(sum, inputs[0]!)
}

/**
 * MaxPool: relevance goes to the first maximum in row-major order, as ONNX Runtime's Indices have it.
 * Where the windows are tiles the winners are marked once per sample; else the rows are scattered.
 */
function maxPoolGradient(emitter: Emitter, layer: Layer, r: Relevance): readonly Relevance[] {
  const w = poolWindow(emitter, layer)
  const rows = emitter.materialize(r)
  if (!tiles(w, spatial(emitter.facts, layer.inputs[0]!)))
    return [plain(scatterToMaxima(emitter, layer, rows))]
  const one = emitter.op('Expand', [emitter.scalar(1), emitter.op('Shape', [layer.output])])
  return [{ value: repeatOverTiles(emitter, rows, w.kernel), factor: scatterToMaxima(emitter, layer, one) }]
}

/** Max pooling with any kernel, stride, padding, dilation and ceil mode (ONNX MaxPool). */
export const maxPool: Operator = {
  op: 'MaxPool',
  type: () => 'max_pool',
  gradient: maxPoolGradient,
  nonNegative: (_layer, inputs) => inputs.every(Boolean),
  refuse: (layer) =>
    layer.node.outputs.length > 1 && layer.node.outputs[1] !== ''
      ? 'its indices are used by the model'
      : null,
}

/** Pads at the end that make the last window end where the padded input ends; negative where inputs are left over. */
const reach = (w: Window, input: readonly number[], output: readonly number[]): readonly number[] =>
  input.map((size, i) => (output[i]! - 1) * w.strides[i]! + span(w, i) - w.padsBegin[i]! - size)

/**
 * The transpose of an average pool: each output's share r / divisor is spread over its window. The divisor of
 * ONNX Runtime (padding counted or not, windows past the edge in ceil mode) is read off a pool over ones.
 */
function spreadOverWindows(emitter: Emitter, layer: Layer, w: Window, r: string): string {
  const input = spatial(emitter.facts, layer.inputs[0]!)
  const output = spatial(emitter.facts, layer.output)
  const end = reach(w, input, output)
  const windowPads = pads({ padsBegin: w.padsBegin, padsEnd: end.map((p) => Math.max(0, p)) })
  const common = { kernel_shape: w.kernel, strides: w.strides, dilations: w.dilations, pads: windowPads }
  const ones = emitter.op('Expand', [emitter.scalar(1), emitter.ints([1, 1, ...input])])
  const kernel = emitter.op('Expand', [emitter.scalar(1), emitter.ints([1, 1, ...w.kernel])])
  const average = emitter.op('AveragePool', [ones], { ...layer.node.attributes })
  const covered = emitter.op('Conv', [ones, kernel], common)
  const share = emitter.mul(r, emitter.div(average, covered))
  const single = emitter.op('Reshape', [share, emitter.ints([-1, 1, ...output])])
  const spread = emitter.op('ConvTranspose', [single, kernel], {
    ...common,
    output_padding: end.map((p) => Math.max(0, -p)),
  })
  return emitter.reshapeLike(spread, layer.inputs[0]!)
}

function averagePoolGradient(emitter: Emitter, layer: Layer, r: Relevance): readonly Relevance[] {
  const w = poolWindow(emitter, layer)
  const rows = emitter.materialize(r)
  if (!tiles(w, spatial(emitter.facts, layer.inputs[0]!))) {
    return [plain(spreadOverWindows(emitter, layer, w, rows))]
  }
  const share = emitter.mul(rows, emitter.scalar(1 / constants.elementCount(w.kernel)))
  return [plain(repeatOverTiles(emitter, share, w.kernel))]
}

/** Average pooling with any kernel, stride, padding and ceil mode (ONNX AveragePool). */
export const averagePool: Operator = {
  op: 'AveragePool',
  type: () => 'average_pool',
  gradient: averagePoolGradient,
  nonNegative: (_layer, inputs) => inputs.every(Boolean),
}

/** Mean over axes: every input gets an equal share. */
function meanGradient(emitter: Emitter, layer: Layer, r: Relevance, axes: readonly number[]): Relevance {
  const { facts } = emitter
  const input = layer.inputs[0]!
  const kept = facts
    .type(input)
    .shape.map((dim, i) => (axes.includes(i) ? 1 : typeof dim === 'number' ? dim : -1))
  const count = constants.elementCount(axes.map((axis) => facts.sizes(input)[axis - 1]!))
  const share = emitter.mul(emitter.materialize(r), emitter.scalar(1 / count))
  return plain(emitter.expandLike(emitter.op('Reshape', [share, emitter.ints(kept)]), input))
}

/** Global average pooling over all spatial axes (ONNX GlobalAveragePool). */
export const globalAveragePool: Operator = {
  op: 'GlobalAveragePool',
  type: () => 'average_pool',
  gradient(emitter, layer, r) {
    const axes = spatial(emitter.facts, layer.inputs[0]!).map((_, i) => i + 2)
    return [meanGradient(emitter, layer, r, axes)]
  },
  nonNegative: (_layer, inputs) => inputs.every(Boolean),
}

/** The axes of a ReduceMean or ReduceSum (an input from opset 18 and 13 on), counted from the front. */
export function reducedAxes(
  layer: Pick<Layer, 'node' | 'inputs'>,
  facts: GraphFacts,
): readonly number[] | null {
  const rank = facts.rank(layer.inputs[0]!)
  const given = layer.node.inputs[1]
  if (!given) return attributes.ints(layer.node, 'axes')?.map((a) => (a + rank) % rank) ?? null
  const constant = facts.constant(given)
  return constant ? Array.from(constants.toNumbers(constant), (a) => (a + rank) % rank) : null
}

/**
 * Whether a ReduceMean is a pooling layer. PyTorch's exporters turn an adaptive pooling module into ReduceMean
 * but also every functional mean, which the peers explain by its gradient: only the module class in the node's
 * metadata tells them apart (semantics.md, section 6). Of other producers a mean over all positions is a pool.
 */
function isPooling(layer: Pick<Layer, 'node'>, facts: GraphFacts): boolean {
  const classes = layer.node.metadata['pkg.torch.onnx.class_hierarchy']
  return classes === undefined ? !facts.producer.startsWith('pytorch') : /AvgPool/.test(classes)
}

/** Mean over given axes (ONNX ReduceMean). */
export const reduceMean: Operator = {
  op: 'ReduceMean',
  type: (layer, facts) => (isPooling(layer, facts) ? 'average_pool' : null),
  gradient: (emitter, layer, r) => [meanGradient(emitter, layer, r, reducedAxes(layer, emitter.facts)!)],
  nonNegative: (_layer, inputs) => inputs.every(Boolean),
  refuse(layer, facts) {
    const axes = reducedAxes(layer, facts)
    if (axes === null) return 'its axes are not constant'
    return axes.includes(0) ? 'it averages over the batch' : null
  },
}
