import { int, ints, string } from '../../graph/attributes.ts'
import type { Dim } from '../../graph/types.ts'
import type { NodeContext, ShapeFunction } from '../context.ts'
import { formatShape } from '../dims.ts'
import { type Windows, windowCount, windowsOf } from '../windows.ts'

/** Spatial sizes of input 0 (axes 2 and up), which must not depend on the batch. */
function spatialSizes(c: NodeContext): readonly number[] {
  const shape = c.shape(0)
  if (shape.length < 3) c.fail(`an input of shape ${formatShape(shape)} has no spatial axes`)
  return shape.slice(2).map((d) => c.fixed(d, 'a spatial axis'))
}

function slid(c: NodeContext, w: Windows, sizes: readonly number[]): readonly number[] {
  if (w.kernel.length !== sizes.length)
    c.fail(`a kernel with ${w.kernel.length} axes on ${sizes.length} spatial axes`)
  const counts = sizes.map((size, axis) => windowCount(w, axis, size))
  if (counts.some((n) => n < 1)) c.fail(`a kernel of ${w.kernel.join('x')} does not fit ${sizes.join('x')}`)
  return counts
}

/** Channels of the input and the weight [out or in, ...kernel] of a convolution; kernel sizes fixed. */
function weightOf(c: NodeContext): { first: Dim; second: number; kernel: readonly number[]; group: number } {
  const [first, second, ...kernel] = c.shape(1)
  if (first === undefined || second === undefined) return c.fail('the weight has fewer than three axes')
  const sizes = kernel.map((d) => c.fixed(d, 'the kernel'))
  return { first, second: c.fixed(second, 'the weight'), kernel: sizes, group: int(c.node, 'group', 1) }
}

const conv: ShapeFunction = (c) => {
  const sizes = spatialSizes(c)
  const { first, second, kernel, group } = weightOf(c)
  const channels = c.fixed(c.shape(0)[1]!, 'the channel axis')
  if (channels !== second * group) {
    c.fail(`the input has ${channels} channels, the weight reads ${second} in ${group} group(s)`)
  }
  const windows = slid(c, windowsOf(c, kernel), sizes)
  return [{ dataType: c.dataType(0), shape: [c.shape(0)[0]!, first, ...windows] }]
}

function transposedSizes(c: NodeContext, w: Windows, sizes: readonly number[]): readonly number[] {
  const given = ints(c.node, 'output_shape')
  if (given) return given.slice(-sizes.length)
  const extra = ints(c.node, 'output_padding') ?? sizes.map(() => 0)
  return sizes.map((size, axis) => {
    const stride = w.strides[axis]!
    const reach = w.dilations[axis]! * (w.kernel[axis]! - 1) + 1
    const whole = stride * (size - 1) + (extra[axis] ?? 0) + reach
    if (w.autoPad.startsWith('SAME')) return Math.min(size * stride, whole)
    return w.autoPad === 'VALID' ? whole : whole - w.before[axis]! - w.after[axis]!
  })
}

const convTranspose: ShapeFunction = (c) => {
  const sizes = spatialSizes(c)
  const { first, second, kernel, group } = weightOf(c)
  const channels = c.shape(0)[1]!
  if (channels !== first)
    c.fail(`the input has ${formatShape([channels])} channels, the weight ${formatShape([first])}`)
  if (kernel.length !== sizes.length)
    c.fail(`a kernel with ${kernel.length} axes on ${sizes.length} spatial axes`)
  const spatial = transposedSizes(c, windowsOf(c, kernel), sizes)
  if (spatial.some((n) => n < 1)) c.fail('the padding is larger than the output')
  return [{ dataType: c.dataType(0), shape: [c.shape(0)[0]!, second * group, ...spatial] }]
}

/** MaxPool, AveragePool and LpPool; MaxPool may have the winners' indices as a second output. */
const pool: ShapeFunction = (c) => {
  const sizes = spatialSizes(c)
  const kernel = ints(c.node, 'kernel_shape')
  if (kernel === undefined) return c.fail('it has no kernel_shape')
  const shape = [...c.shape(0).slice(0, 2), ...slid(c, windowsOf(c, kernel), sizes)]
  return [
    { dataType: c.dataType(0), shape },
    { dataType: 'int64', shape },
  ]
}

const globalPool: ShapeFunction = (c) => {
  const [n, channels, ...spatial] = c.shape(0)
  if (n === undefined || channels === undefined) return c.fail('the input has no channel axis')
  return [{ dataType: c.dataType(0), shape: [n, channels, ...spatial.map(() => 1)] }]
}

const depthToSpace: ShapeFunction = (c) => {
  const block = int(c.node, 'blocksize', 0)
  const [height, width] = spatialSizes(c)
  const channels = c.fixed(c.shape(0)[1]!, 'the channel axis')
  if (block < 1 || width === undefined || channels % (block * block) !== 0) {
    return c.fail(`${channels} channels can not be spread over blocks of ${block}`)
  }
  const shape = [c.shape(0)[0]!, channels / (block * block), height! * block, width * block]
  return [{ dataType: c.dataType(0), shape }]
}

const spaceToDepth: ShapeFunction = (c) => {
  const block = int(c.node, 'blocksize', 0)
  const [height, width] = spatialSizes(c)
  const channels = c.fixed(c.shape(0)[1]!, 'the channel axis')
  if (block < 1 || width === undefined || height! % block !== 0 || width % block !== 0) {
    return c.fail(`${height}x${width} does not divide into blocks of ${block}`)
  }
  const shape = [c.shape(0)[0]!, channels * block * block, height! / block, width / block]
  return [{ dataType: c.dataType(0), shape }]
}

/** Output sizes of Resize: given, or the input's times the scales, cut as ONNX Runtime cuts them (in float32). */
const resize: ShapeFunction = (c) => {
  const shape = c.shape(0)
  const axes = (ints(c.node, 'axes') ?? shape.map((_, i) => i)).map((a) => c.axis(a, shape.length))
  const bySize = c.has(3)
  const values = bySize ? c.dims(3, 'the size') : c.dims(2, 'the scale')
  if (values.length !== axes.length) c.fail(`${values.length} sizes or scales for ${axes.length} axes`)
  const sizes = bySize ? targetSizes(c, axes, values) : values.map((v, i) => scaled(c, shape[axes[i]!]!, v))
  return [{ dataType: c.dataType(0), shape: shape.map((d, axis) => sizes[axes.indexOf(axis)] ?? d) }]
}

function scaled(c: NodeContext, size: Dim, scale: Dim): Dim {
  if (scale === 1) return size
  const by = Math.fround(c.fixed(scale, 'the scale'))
  return Math.trunc(Math.fround(by * c.fixed(size, 'a scaled axis')))
}

function targetSizes(c: NodeContext, axes: readonly number[], sizes: readonly Dim[]): readonly Dim[] {
  const policy = string(c.node, 'keep_aspect_ratio_policy', 'stretch')
  if (policy === 'stretch') return sizes
  const inputs = axes.map((axis) => c.fixed(c.shape(0)[axis]!, 'a resized axis'))
  const ratios = sizes.map((size, i) => c.fixed(size, 'the size') / inputs[i]!)
  const ratio = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios)
  return inputs.map((size) => Math.floor(size * ratio + 0.5))
}

/** Operators on spatial axes: convolutions, pools, and what moves between channels and space. */
export const spatial: Readonly<Record<string, ShapeFunction>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Resize: resize,
}
