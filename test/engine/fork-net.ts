import { GraphBuilder, type Model } from '@crp-serve/onnx'
import fc from 'fast-check'
import { valueStream } from '../reference/arbitraries/layer.ts'
import type { RowMask } from '../reference/lrp.ts'
import type { Rows } from './compiled-run.ts'

/** A tensor that can be masked and recorded. */
export interface Site {
  readonly tensor: string
  /** Sizes without the batch. */
  readonly sizes: readonly [number, number, number]
}

/** A random network with a fork: a trunk, two branches that meet again, and a head of class scores. */
export interface ForkNet {
  readonly model: Model
  readonly samples: Rows
  readonly classes: number
  /** From output to input: where the branches meet (behind its Relu), one branch, the trunk. */
  readonly sites: readonly [join: Site, branch: Site, trunk: Site]
}

interface Shape {
  readonly seed: number
  readonly samples: number
  readonly channels: number
  readonly width: number
  readonly side: number
  readonly classes: number
  readonly other: 'identity' | 'conv'
  readonly join: 'Add' | 'Concat'
  readonly pool: boolean
}

const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max })

const shapes: fc.Arbitrary<Shape> = fc.record({
  seed: fc.integer(),
  samples: upTo(3),
  channels: upTo(3),
  width: fc.integer({ min: 2, max: 4 }),
  side: fc.integer({ min: 4, max: 6 }),
  classes: fc.integer({ min: 2, max: 4 }),
  other: fc.constantFrom('identity', 'conv'),
  join: fc.constantFrom('Add', 'Concat'),
  pool: fc.boolean(),
})

const modelOf = (b: GraphBuilder): Model => {
  const graph = b.build('fork')
  // Node names that no tensor has, as exporters write them.
  const nodes = graph.nodes.map((node, i) => ({ ...node, name: `/fork.${i}/${node.op}` }))
  return {
    irVersion: 8,
    producer: 'crp-serve-tests',
    opsets: { '': 17 },
    graph: { ...graph, nodes },
    metadata: {},
  }
}

type Head = (b: GraphBuilder, x: string, join: Site, classes: number, values: Values) => string
type Values = (count: number) => Float32Array

/** A pointwise convolution and the mean over all positions: its results are the same bits in every batch. */
const convolutionHead: Head = (b, x, { sizes }, classes, values) => {
  const w = b.floats(values(classes * sizes[0]), [classes, sizes[0], 1, 1])
  return b.op('Flatten', [
    b.op('GlobalAveragePool', [b.op('Conv', [x, w, b.floats(values(classes), [classes])])]),
  ])
}

/** A fully connected layer. */
const linearHead: Head = (b, x, { sizes }, classes, values) => {
  const features = sizes.reduce((a, c) => a * c, 1)
  const w = b.floats(values(classes * features), [classes, features])
  return b.op('Gemm', [b.op('Flatten', [x]), w, b.floats(values(classes), [classes])], { transB: 1 })
}

/** A 3 x 3 convolution with bias that keeps the size. */
function conv(b: GraphBuilder, x: string, from: number, to: number, values: Values): string {
  const w = b.floats(values(to * from * 9), [to, from, 3, 3])
  return b.op('Conv', [x, w, b.floats(values(to), [to])], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
}

function build(shape: Shape, head: Head): ForkNet {
  const { channels, width, side, classes, samples } = shape
  const values = valueStream(shape.seed, 'continuous')
  const b = new GraphBuilder()
  const input = b.input('input', 'float32', ['N', channels, side, side])
  const trunk = b.op('Relu', [conv(b, input, channels, width, values)])
  const branch = conv(b, trunk, width, width, values)
  const other = shape.other === 'conv' ? conv(b, trunk, width, width, values) : trunk
  const joined = b.op(shape.join, [branch, other], shape.join === 'Concat' ? { axis: 1 } : {})
  const join = b.op('Relu', [joined])
  const pooled = shape.pool ? b.op('MaxPool', [join], { kernel_shape: [2, 2], strides: [2, 2] }) : join
  const wide = shape.join === 'Concat' ? 2 * width : width
  const after = shape.pool ? Math.floor(side / 2) : side
  const site = (tensor: string, c: number): Site => ({ tensor, sizes: [c, side, side] })
  const top: Site = { tensor: pooled, sizes: [wide, after, after] }
  b.output('scores', head(b, pooled, top, classes, values), 'float32', null)
  return {
    model: modelOf(b),
    samples: { shape: [samples, channels, side, side], data: values(samples * channels * side * side) },
    classes,
    sites: [site(join, wide), site(branch, width), site(trunk, width)],
  }
}

/** Networks of convolutions only. */
export const convolutionNets: fc.Arbitrary<ForkNet> = shapes.map((shape) => build(shape, convolutionHead))

/** Networks that end in a fully connected layer. */
export const linearNets: fc.Arbitrary<ForkNet> = shapes.map((shape) => build(shape, linearHead))

/** What one row keeps of a site: some channels, or some positions of some channels. */
export const rowMasks = ({ sizes: [channels, h, w] }: Site): fc.Arbitrary<RowMask> => {
  const some = (count: number) => fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: count })
  return fc.oneof(
    some(channels),
    fc.array(fc.tuple(fc.nat(channels - 1), some(h * w)), { minLength: 1 }).map((pairs) => new Map(pairs)),
  )
}
