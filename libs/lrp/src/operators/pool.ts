import { attributes, constants } from '@crp-serve/onnx'
import type { Emitter } from '../compile/emitter.ts'
import type { GraphFacts } from '../compile/facts.ts'
import { plain, type Relevance } from '../compile/relevance.ts'
import type { Layer } from '../layers/layer.ts'
import { keepsSign } from './operands.ts'
import type { Operator, Site } from './operator.ts'
import { pads, span, spatial, type Window, windowOf } from './window.ts'

/** The window of a pooling node, its kernel an attribute. */
export function poolWindow(emitter: Emitter, layer: Layer): Window {
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

/**
 * Why a pool in ceil mode can not be explained, or null. Where a last window would start in the end padding, ONNX
 * Runtime leaves it out when it computes but counts it when it infers shapes, and loads no graph that relies on both.
 */
export function refuseWindowInPadding({ node, inputs }: Site, facts: GraphFacts): string | null {
  const same = attributes.string(node, 'auto_pad', 'NOTSET').startsWith('SAME')
  if (attributes.int(node, 'ceil_mode', 0) === 0 || same) return null
  const sizes = spatial(facts, inputs[0]!)
  const w = windowOf(node, attributes.ints(node, 'kernel_shape')!, sizes, sizes)
  const startsInPadding = sizes.some((size, i) => {
    const room = size + w.padsBegin[i]! + w.padsEnd[i]! - span(w, i)
    return Math.ceil(room / w.strides[i]!) * w.strides[i]! >= size + w.padsBegin[i]!
  })
  return startsInPadding ? 'its last window would start in the padding (ceil_mode)' : null
}

/** Max pooling with any kernel, stride, padding, dilation and ceil mode (ONNX MaxPool). */
export const maxPool: Operator = {
  op: 'MaxPool',
  type: () => 'max_pool',
  gradient: maxPoolGradient,
  nonNegative: keepsSign,
  refuse: (layer, facts) =>
    layer.node.outputs.length > 1 && layer.node.outputs[1] !== ''
      ? 'its indices are used by the model'
      : refuseWindowInPadding(layer, facts),
}

/** Pads at the end that make the last window end where the padded input ends; negative where inputs are left over. */
const reach = (w: Window, input: readonly number[], output: readonly number[]): readonly number[] =>
  input.map((size, i) => (output[i]! - 1) * w.strides[i]! + span(w, i) - w.padsBegin[i]! - size)

/** Pads that let the layer's windows, without any special case at the edges, cover what they cover. */
const coveringPads = (
  emitter: Emitter,
  layer: Layer,
  w: Window,
): { pads: readonly number[]; rest: number[] } => {
  const end = reach(w, spatial(emitter.facts, layer.inputs[0]!), spatial(emitter.facts, layer.output))
  const padsEnd = end.map((p) => Math.max(0, p))
  return { pads: pads({ padsBegin: w.padsBegin, padsEnd }), rest: end.map((p) => Math.max(0, -p)) }
}

/** A tensor of ones with the given spatial sizes: [1, 1, ...]. */
const onesOf = (emitter: Emitter, sizes: readonly number[]): string =>
  emitter.op('Expand', [emitter.scalar(1), emitter.ints([1, 1, ...sizes])])

/** Adds every value of a tensor shaped like the layer's output to all inputs that its window covers. */
export function spreadOverWindows(emitter: Emitter, layer: Layer, w: Window, values: string): string {
  const { pads: windowPads, rest } = coveringPads(emitter, layer, w)
  const single = emitter.op('Reshape', [
    values,
    emitter.ints([-1, 1, ...spatial(emitter.facts, layer.output)]),
  ])
  const spread = emitter.op('ConvTranspose', [single, onesOf(emitter, w.kernel)], {
    kernel_shape: w.kernel,
    strides: w.strides,
    dilations: w.dilations,
    pads: windowPads,
    output_padding: rest,
  })
  return emitter.reshapeLike(spread, layer.inputs[0]!)
}

/**
 * Each output's share r / divisor. The divisor of ONNX Runtime (padding counted or not, windows past the edge in
 * ceil mode) is read off a pool over ones, which gives the number of covered inputs over the divisor.
 */
function sharesOf(emitter: Emitter, layer: Layer, w: Window, r: string): string {
  const ones = onesOf(emitter, spatial(emitter.facts, layer.inputs[0]!))
  const average = emitter.op('AveragePool', [ones], { ...layer.node.attributes })
  const covered = emitter.op('Conv', [ones, onesOf(emitter, w.kernel)], {
    kernel_shape: w.kernel,
    strides: w.strides,
    dilations: w.dilations,
    pads: coveringPads(emitter, layer, w).pads,
  })
  return emitter.mul(r, emitter.div(average, covered))
}

function averagePoolGradient(emitter: Emitter, layer: Layer, r: Relevance): readonly Relevance[] {
  const w = poolWindow(emitter, layer)
  const rows = emitter.materialize(r)
  if (!tiles(w, spatial(emitter.facts, layer.inputs[0]!))) {
    return [plain(spreadOverWindows(emitter, layer, w, sharesOf(emitter, layer, w, rows)))]
  }
  const share = emitter.mul(rows, emitter.scalar(1 / constants.elementCount(w.kernel)))
  return [plain(repeatOverTiles(emitter, share, w.kernel))]
}

/** Average pooling with any kernel, stride, padding and ceil mode (ONNX AveragePool). */
export const averagePool: Operator = {
  op: 'AveragePool',
  type: () => 'average_pool',
  gradient: averagePoolGradient,
  nonNegative: keepsSign,
  refuse: refuseWindowInPadding,
}
