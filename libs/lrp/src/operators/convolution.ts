import { attributes, constants } from '@crp-serve/onnx'
import { batchedProduct } from '../compile/batched-product.ts'
import type { Emitter } from '../compile/emitter.ts'
import { plain } from '../compile/relevance.ts'
import { isPointwise } from '../compile/row-product.ts'
import { steadyConvolution } from '../compile/steady-convolution.ts'
import type { Layer } from '../layers/layer.ts'
import type { LinearOperator, Operator } from './operator.ts'
import { pads, span, spatial, type Window, windowOf } from './window.ts'

/** Sizes of a constant weight. */
const weightSizes = (emitter: Emitter, layer: Layer): readonly number[] => {
  const dims = emitter.facts.type(layer.node.inputs[1]!).shape
  return dims.map((dim) => (typeof dim === 'number' ? dim : 0))
}

/** Whether a transposed convolution with this window is a plain convolution: stride one, and no pad past the kernel. */
const isFlippable = (w: Window): boolean =>
  w.strides.every((s) => s === 1) &&
  [w.padsBegin, w.padsEnd].every((side) => side.every((p, i) => p <= span(w, i) - 1))

/** The weight [O, C/g, k...] turned into [C, O/g, k...] with flipped kernels; a constant, so it is prepared at load. */
function flipped(emitter: Emitter, weight: string, sizes: readonly number[], group: number): string {
  const [outputs, perGroup, ...kernel] = sizes as [number, number, ...number[]]
  const axes = kernel.map((_, i) => i + 3)
  const split = emitter.op('Reshape', [weight, emitter.ints([group, outputs / group, perGroup, ...kernel])])
  const swapped = emitter.op('Transpose', [split], { perm: [0, 2, 1, ...axes] })
  const reversed = emitter.op('Slice', [
    swapped,
    emitter.ints(axes.map(() => -1)),
    emitter.ints(axes.map(() => Number.MIN_SAFE_INTEGER)),
    emitter.ints(axes),
    emitter.ints(axes.map(() => -1)),
  ])
  return emitter.op('Reshape', [reversed, emitter.ints([group * perGroup, outputs / group, ...kernel])])
}

/** Pulls `r` back through a convolution: a convolution with flipped weights at stride one, else ConvTranspose. */
function pullBack(emitter: Emitter, layer: Layer, w: Window, r: string, weight: string): string {
  const group = attributes.int(layer.node, 'group', 1)
  if (!isFlippable(w)) return transposeInto(emitter, layer, w, r, weight, group)
  const sizes = weightSizes(emitter, layer)
  const [outputs, perGroup] = sizes as [number, number]
  const edge = (side: readonly number[]) => side.map((p, i) => span(w, i) - 1 - p)
  return steadyConvolution(emitter, {
    x: r,
    weight: flipped(emitter, weight, sizes, group),
    weightSizes: [group * perGroup, outputs / group, ...w.kernel],
    bias: null,
    window: { ...w, padsBegin: edge(w.padsBegin), padsEnd: edge(w.padsEnd) },
    group,
    from: spatial(emitter.facts, layer.output),
    to: spatial(emitter.facts, layer.inputs[0]!),
  })
}

/** ConvTranspose from the layer's output size to exactly its input size. */
function transposeInto(
  emitter: Emitter,
  layer: Layer,
  w: Window,
  r: string,
  weight: string,
  group: number,
): string {
  const inner = spatial(emitter.facts, layer.output)
  const outer = spatial(emitter.facts, layer.inputs[0]!)
  const outputPadding = outer.map(
    (size, i) => size - ((inner[i]! - 1) * w.strides[i]! + span(w, i) - w.padsBegin[i]! - w.padsEnd[i]!),
  )
  return emitter.op('ConvTranspose', [r, weight], {
    kernel_shape: w.kernel,
    dilations: w.dilations,
    group,
    strides: w.strides,
    pads: pads(w),
    output_padding: outputPadding,
  })
}

/**
 * The transpose of a convolution whose weights are all one: the channels of each group are summed first, so that
 * one channel per group is pulled back and then repeated.
 */
function pullBackOnes(emitter: Emitter, layer: Layer, w: Window, r: string): string {
  const group = attributes.int(layer.node, 'group', 1)
  const inner = spatial(emitter.facts, layer.output)
  const outer = spatial(emitter.facts, layer.inputs[0]!)
  const channels = weightSizes(emitter, layer)[0]! / group
  // A convolution with ones adds up the channels of a group in the same order whatever the batch is.
  const ones = emitter.op('Expand', [
    emitter.scalar(1),
    emitter.ints([group, channels, ...inner.map(() => 1)]),
  ])
  const summed = emitter.op('Conv', [r, ones], { group })
  const single = emitter.op('Reshape', [summed, emitter.ints([-1, 1, ...inner])])
  const kernel = emitter.op('Expand', [emitter.scalar(1), emitter.ints([1, 1, ...w.kernel])])
  const pulled = transposeInto(emitter, layer, w, single, kernel, 1)
  const perGroup = emitter.op('Reshape', [pulled, emitter.ints([-1, group, 1, ...outer])])
  const inputs = emitter.facts.sizes(layer.inputs[0]!)[0]! / group
  const repeated = emitter.op('Expand', [perGroup, emitter.ints([1, group, inputs, ...outer])])
  return emitter.reshapeLike(repeated, layer.inputs[0]!)
}

/**
 * Pulls one channel of each row back: its values are laid out under every tap of the kernel, and one product with the
 * weights of that channel, picked for each row, does the rest. 1 / channels of the work of the whole.
 */
function pullBackChannel(
  emitter: Emitter,
  layer: Layer,
  w: Window,
  r: string,
  weight: string,
  channel: string,
): string {
  const [, inputs] = weightSizes(emitter, layer) as [number, number]
  const outer = constants.elementCount(spatial(emitter.facts, layer.inputs[0]!))
  const taps = constants.elementCount(w.kernel)
  const single = emitter.sum(r, [1], layer.output)
  const identity = Float32Array.from({ length: taps * taps }, (_, i) => (i % (taps + 1) === 0 ? 1 : 0))
  const kernels = emitter.floats(identity, [1, taps, ...w.kernel])
  const laid = emitter.op('Reshape', [
    transposeInto(emitter, layer, w, single, kernels, 1),
    emitter.ints([-1, taps, outer]),
  ])
  const picked = emitter.op('Reshape', [
    emitter.op('Gather', [weight, channel], { axis: 0 }),
    emitter.ints([-1, inputs, taps]),
  ])
  const values = batchedProduct(
    emitter,
    { name: picked, rank: 3, rows: inputs, columns: taps },
    { name: laid, rank: 3, rows: taps, columns: outer },
  )
  return emitter.reshapeLike(values, layer.inputs[0]!)
}

/**
 * Whether one channel is pulled back with less work by itself: for each position, laying it out takes taps² products and
 * the weights of the channel inputs · taps, where the whole convolution takes outputs · inputs · taps.
 */
function channelPays([outputs, inputs, ...kernel]: readonly number[]): boolean {
  return constants.elementCount(kernel) + inputs! < outputs! * inputs!
}

/** A convolution of one position with a kernel of one: a fully connected layer of rows in another shape. */
function pointwise(emitter: Emitter, layer: Layer): LinearOperator {
  const dims = weightSizes(emitter, layer).slice(0, 2)
  const product = (x: string, weight: string, isTurned: boolean) => {
    const matrix = emitter.op('Flatten', [weight])
    return emitter.rowProduct(emitter.op('Flatten', [x]), matrix, dims, isTurned)
  }
  return {
    weight: layer.node.inputs[1]!,
    bias: layer.node.inputs[2] || null,
    biasAxis: 1,
    apply(v, weight, bias) {
      const y = product(v, weight, true)
      return emitter.reshapeLike(bias === null ? y : emitter.add(y, bias), layer.output)
    },
    transpose: (r, weight) => emitter.reshapeLike(product(r, weight, false), layer.inputs[0]!),
  }
}

function convolution(emitter: Emitter, layer: Layer): LinearOperator {
  const { facts } = emitter
  if (isPointwise(layer.node, facts)) return pointwise(emitter, layer)
  const sizes = weightSizes(emitter, layer)
  const [from, to] = [spatial(facts, layer.inputs[0]!), spatial(facts, layer.output)]
  const w = windowOf(layer.node, sizes.slice(2), from, to)
  const group = attributes.int(layer.node, 'group', 1)
  return {
    weight: layer.node.inputs[1]!,
    bias: layer.node.inputs[2] || null,
    biasAxis: 1,
    addsBias: true,
    apply: (x, weight, bias) =>
      steadyConvolution(emitter, { x, weight, weightSizes: sizes, bias, window: w, group, from, to }),
    transpose: (r, weight) => pullBack(emitter, layer, w, r, weight),
    transposeOnes: (r) => pullBackOnes(emitter, layer, w, r),
    ...(group > 1 || !channelPays(sizes)
      ? {}
      : { transposeChannel: (r, weight, channel) => pullBackChannel(emitter, layer, w, r, weight, channel) }),
  }
}

function transposedConvolution(emitter: Emitter, layer: Layer): LinearOperator {
  const { facts } = emitter
  const sizes = weightSizes(emitter, layer)
  const kernel = sizes.slice(2)
  const [from, to] = [spatial(facts, layer.output), spatial(facts, layer.inputs[0]!)]
  const window = windowOf(layer.node, kernel, from, to)
  const group = attributes.int(layer.node, 'group', 1)
  const forward = Object.fromEntries(
    Object.entries(layer.node.attributes).filter(([name]) => name !== 'kernel_shape'),
  )
  return {
    weight: layer.node.inputs[1]!,
    bias: layer.node.inputs[2] || null,
    biasAxis: 1,
    addsBias: true,
    apply: (v, weight, bias) =>
      emitter.op('ConvTranspose', bias === null ? [v, weight] : [v, weight, bias], {
        ...forward,
        kernel_shape: kernel,
      }),
    transpose: (x, weight) =>
      steadyConvolution(emitter, { x, weight, weightSizes: sizes, bias: null, window, group, from, to }),
  }
}

const linearOperator = (
  op: string,
  linear: (emitter: Emitter, layer: Layer) => LinearOperator,
): Operator => ({
  op,
  type: () => 'convolution',
  linear,
  gradient(emitter, layer, r) {
    const operator = linear(emitter, layer)
    return [plain(operator.transpose(emitter.materialize(r), operator.weight))]
  },
  nonNegative: () => false,
  refuse: (layer, facts) =>
    layer.node.inputs.slice(1).every((name) => name === '' || facts.isConstant(name))
      ? null
      : 'its weights depend on the input',
})

/** Conv, 1 to 3 D, any stride, padding, dilation and groups (ONNX Conv). */
export const conv = linearOperator('Conv', convolution)

/** ConvTranspose, 1 to 3 D (ONNX ConvTranspose). */
export const convTranspose = linearOperator('ConvTranspose', transposedConvolution)
