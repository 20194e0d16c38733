import type { Explainable, Layer } from '@crp-serve/lrp'
import { attributes, constants, type Node } from '@crp-serve/onnx'

/** The part of the model's input, along one of its axes, that one element of a layer's output depends on. */
export interface ReceptiveField {
  /** Pixels. */
  readonly size: number
  /** Pixels from the field of one position to that of the next; 0 where every position sees the whole axis. */
  readonly stride: number
  /** First pixel of the field of position 0; negative where it reaches into the padding. */
  readonly offset: number
  /** Axis of the layer's output, behind the batch axis, whose positions the field moves with; null where it stays. */
  readonly along: number | null
  /** Size of the input's axis in pixels. */
  readonly extent: number
}

/** The field along one axis of a tensor, and the axis of the model's input that it runs along. */
interface AxisField extends Pick<ReceptiveField, 'size' | 'stride' | 'offset'> {
  readonly axis: number
}

/** Per axis behind the batch axis; null where the axis mixes several axes of the input, or none. */
type Fields = readonly (AxisField | null)[]

/** A sliding window along one axis. */
interface Window {
  readonly span: number
  readonly stride: number
  readonly padding: number
}

/** Axes in front of the spatial ones, behind the batch. */
const channelAxes = 1

const windowedOps = ['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'LpPool']
const elementwiseOps = [
  'Add',
  'BatchNormalization',
  'Cast',
  'CastLike',
  'Clip',
  'Div',
  'Dropout',
  'Identity',
  'Mul',
  'Sub',
  'Sum',
]

/** Padding in front that `auto_pad` asks for, from the sizes before and after. */
function autoPadding(mode: string, large: number, small: number, stride: number, span: number): number {
  const total = Math.max(0, (small - 1) * stride + span - large)
  return mode === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2)
}

/** Geometry shared by all functions: sizes behind the batch axis of every tensor. */
type Sizes = (tensor: string) => readonly number[] | null

function windowsOf(node: Node, kernel: readonly number[], sizes: Sizes): readonly Window[] {
  const strides = attributes.ints(node, 'strides')
  const dilations = attributes.ints(node, 'dilations')
  const pads = attributes.ints(node, 'pads')
  const mode = attributes.string(node, 'auto_pad', 'NOTSET')
  const [before, after] = [node.inputs[0]!, node.outputs[0]!].map((tensor) => sizes(tensor) ?? [])
  return kernel.map((k, i) => {
    const stride = strides?.[i] ?? 1
    const span = (k - 1) * (dilations?.[i] ?? 1) + 1
    const [large, small] = [before![i + channelAxes]!, after![i + channelAxes]!]
    const padding = mode.startsWith('SAME') ? autoPadding(mode, large, small, stride, span) : (pads?.[i] ?? 0)
    return { span, stride, padding }
  })
}

/** The field behind a window that slides over an axis. */
const widened = (field: AxisField, { span, stride, padding }: Window): AxisField => ({
  ...field,
  size: field.size + (span - 1) * field.stride,
  stride: field.stride * stride,
  offset: field.offset - padding * field.stride,
})

/** The same behind a transposed window: every output depends on the inputs whose windows cover it. */
const narrowed = (field: AxisField, { span, stride, padding }: Window): AxisField => ({
  ...field,
  size: field.size + (Math.ceil(span / stride) - 1) * field.stride,
  stride: field.stride / stride,
  offset: field.offset + Math.ceil((padding - span + 1) / stride) * field.stride,
})

function slid(node: Node, fields: Fields, windows: readonly Window[]): Fields {
  const move = node.op === 'ConvTranspose' ? narrowed : widened
  const spatial = fields.slice(channelAxes).map((field, i) => field && move(field, windows[i]!))
  // A pool keeps channels apart; a convolution mixes them.
  const channels = fields.slice(0, channelAxes)
  return [...(node.op.startsWith('Conv') ? channels.map(() => null) : channels), ...spatial]
}

/** The smallest field that holds two, for two branches that meet. */
function union(a: AxisField | null, b: AxisField | null): AxisField | null {
  if (!a || !b || a.axis !== b.axis || a.stride !== b.stride) return null
  const offset = Math.min(a.offset, b.offset)
  const end = Math.max(a.offset + a.size, b.offset + b.size)
  return { ...a, offset, size: end - offset }
}

/** Axes behind the batch that a node names, counted from there. */
function listedAxes(node: Node, rank: number, constant: (tensor: string) => readonly number[] | null) {
  const axes = attributes.ints(node, 'axes') ?? constant(node.inputs[1] ?? '') ?? []
  return axes.map((axis) => (axis < 0 ? axis + rank + 1 : axis) - 1)
}

class FieldWalk {
  readonly #sizes: Sizes
  readonly #constant: (tensor: string) => readonly number[] | null
  readonly #fields = new Map<string, Fields>()
  /** Axes of the input over which windows slide. */
  readonly spatial = new Set<number>()

  constructor({ facts, input }: Explainable) {
    this.#sizes = (tensor) => {
      const sizes = facts.type(tensor).shape.slice(1)
      return sizes.every((dim) => typeof dim === 'number') ? sizes : null
    }
    this.#constant = (tensor) => {
      const found = facts.constant(tensor)
      return found?.data.kind === 'inline' ? Array.from(constants.toNumbers(found)) : null
    }
    const start = (this.#sizes(input) ?? []).map((_, axis) => ({ axis, size: 1, stride: 1, offset: 0 }))
    this.#fields.set(input, start)
  }

  of(tensor: string): Fields {
    return this.#fields.get(tensor) ?? []
  }

  visit(layer: Layer): void {
    this.#fields.set(layer.output, this.#through(layer))
  }

  #through(layer: Layer): Fields {
    const { node, inputs, output } = layer
    const first = this.of(inputs[0]!)
    const rank = this.#sizes(output)?.length ?? 0
    if (windowedOps.includes(node.op)) return this.#slide(layer, first)
    if (node.op === 'Transpose') return this.#permuted(node, first)
    if (node.op === 'Unsqueeze') return inserted(first, listedAxes(node, rank, this.#constant))
    if (node.op === 'Squeeze') return removed(first, listedAxes(node, first.length, this.#constant))
    const joined = inputs.map((tensor) => this.of(tensor))
    if (node.op === 'Concat') return joined.reduce(joinedBy(attributes.int(node, 'axis', 1), rank))
    const sameShape = inputs.every((tensor) => this.#sizes(tensor)?.join() === this.#sizes(output)?.join())
    const pointwise = elementwiseOps.includes(node.op) || layer.type === 'activation' || layer.type === 'sum'
    if (pointwise && sameShape)
      return joined.reduce((a, b) => a.map((field, i) => union(field, b[i] ?? null)))
    return Array.from({ length: rank }, () => null)
  }

  #slide({ node, inputs }: Layer, first: Fields): Fields {
    const weight = this.#sizes(node.inputs[1] ?? inputs[0]!) ?? []
    const kernel = attributes.ints(node, 'kernel_shape') ?? weight.slice(channelAxes)
    for (const field of first.slice(channelAxes)) if (field) this.spatial.add(field.axis)
    return slid(node, first, windowsOf(node, kernel, this.#sizes))
  }

  #permuted(node: Node, first: Fields): Fields {
    const perm = attributes.ints(node, 'perm') ?? []
    return perm[0] === 0 ? perm.slice(1).map((axis) => first[axis - 1] ?? null) : first.map(() => null)
  }
}

const joinedBy =
  (axis: number, rank: number) =>
  (a: Fields, b: Fields): Fields =>
    a.map((field, i) => (i === ((axis + rank + 1) % (rank + 1)) - 1 ? null : union(field, b[i] ?? null)))

function inserted(fields: Fields, axes: readonly number[]): Fields {
  const result = [...fields]
  for (const axis of [...axes].sort((a, b) => a - b)) result.splice(axis, 0, null)
  return result
}

const removed = (fields: Fields, axes: readonly number[]): Fields =>
  fields.filter((_, axis) => !axes.includes(axis))

/**
 * The theoretical receptive field of every layer (Araujo et al. 2019, "Computing Receptive Fields of Convolutional
 * Neural Networks") along each spatial axis of the model's input: the axes over which windows slide. Where an axis has
 * been mixed (flattened, averaged, multiplied) every element sees all of it. null for a model without windows.
 * Not clipped to the input.
 */
export function receptiveFields(
  explainable: Explainable,
): ReadonlyMap<Layer, readonly ReceptiveField[] | null> {
  const walk = new FieldWalk(explainable)
  for (const layer of explainable.layers) walk.visit(layer)
  const axes = [...walk.spatial].sort((a, b) => a - b)
  const extentOf = (axis: number) => Number(explainable.facts.type(explainable.input).shape[axis + 1])
  const fieldOf = (layer: Layer, axis: number): ReceptiveField => {
    const extent = extentOf(axis)
    const found = walk.of(layer.output)
    const along = found.findIndex((field) => field?.axis === axis)
    if (along < 0) return { size: extent, stride: 0, offset: 0, along: null, extent }
    const { size, stride, offset } = found[along]!
    return { size, stride, offset, along, extent }
  }
  return new Map(
    explainable.layers.map((layer) => [layer, axes.length === 0 ? null : axes.map((a) => fieldOf(layer, a))]),
  )
}

/** The coordinates of a flat position over sizes, row-major. */
function coordinatesOf(position: number, sizes: readonly number[]): number[] {
  const coordinates: number[] = []
  let rest = position
  for (const size of [...sizes].reverse()) {
    coordinates.unshift(rest % size)
    rest = Math.floor(rest / size)
  }
  return coordinates
}

/** A range of pixels, half-open. */
export type PixelRange = readonly [from: number, to: number]

/**
 * The pixels that one element of a layer's output depends on, per spatial axis of the input, clipped to it.
 * @param sizes of the layer's output behind the batch axis
 * @param channel of the element
 * @param position flat, behind the channel axis
 */
export function fieldOfElement(
  fields: readonly ReceptiveField[],
  sizes: readonly number[],
  channel: number,
  position: number,
): PixelRange[] {
  const coordinates = [channel, ...coordinatesOf(position, sizes.slice(1))]
  return fields.map(({ size, stride, offset, along, extent }) => {
    const from = Math.floor(offset + stride * (along === null ? 0 : coordinates[along]!))
    const inside = (pixel: number) => Math.max(0, Math.min(extent, pixel))
    return [inside(from), inside(from + size)]
  })
}
