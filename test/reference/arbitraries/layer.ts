import { type Constant, constants, GraphBuilder, type Model } from '@crp-serve/onnx'
import fc from 'fast-check'

/** What a layer is, so that a test can choose the rules that it takes. */
export type LayerKind =
  | 'linear'
  | 'batch_norm'
  | 'average_pool'
  | 'max_pool'
  | 'sum'
  | 'activation'
  | 'function'
  | 'normalization'
  | 'shape'

/** A random model of one layer (with its own input and, for some, a Relu before it) and an input for it. */
export interface RandomLayer {
  readonly kind: LayerKind
  readonly model: Model
  /** Row-major float32; axis 0 is the batch. */
  readonly input: { readonly data: Float32Array; readonly shape: readonly number[] }
}

/**
 * How values are drawn: `continuous` from [-1, 1]; `quarters` are multiples of 1/4 in [-1, 1], exact in float32, with
 * zeros and ties.
 */
export type ValueStyle = 'continuous' | 'quarters'

/** A stream of values in one style, the same for the same seed (mulberry32). */
export function valueStream(seed: number, style: ValueStyle): (count: number) => Float32Array {
  let state = seed | 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const value = style === 'quarters' ? () => (Math.floor(uniform() * 9) - 4) / 4 : () => 2 * uniform() - 1
  return (count) => Float32Array.from({ length: count }, value)
}

/** What the emitting function of a layer works with. */
export interface Emitter {
  readonly b: GraphBuilder
  /** Name of the layer's data input. */
  readonly x: string
  /** A float32 weight with random values under a fresh name. */
  weight(dims: readonly number[]): string
  /** A float32 weight with given values. */
  fixed(values: ArrayLike<number>, dims: readonly number[]): string
  /** Random values in the layer's style. */
  values(count: number): Float32Array
}

/** A layer as drawn: the shape of its data input and how to emit its nodes; `emit` returns the output tensor. */
export interface Blueprint {
  readonly kind: LayerKind
  readonly shape: readonly number[]
  readonly opset?: number
  emit(emitter: Emitter): string
}

const circumstances = fc.record({
  seed: fc.integer(),
  style: fc.constantFrom<ValueStyle>('continuous', 'quarters'),
  afterRelu: fc.boolean(),
})

/** Completes blueprints to models with values; in half of them a Relu makes the layer's input non-negative. */
export const layers = (blueprints: fc.Arbitrary<Blueprint>): fc.Arbitrary<RandomLayer> =>
  fc.tuple(blueprints, circumstances).map(([blueprint, { seed, style, afterRelu }]) => {
    const values = valueStream(seed, style)
    const b = new GraphBuilder()
    const input = b.input('input', 'float32', ['N', ...blueprint.shape.slice(1)])
    const x = afterRelu ? b.op('Relu', [input]) : input
    const fixed = (data: ArrayLike<number>, dims: readonly number[]) => b.floats(data, dims, 'weight')
    const weight = (dims: readonly number[]) => fixed(values(constants.elementCount(dims)), dims)
    const output = blueprint.emit({ b, x, weight, fixed, values })
    b.output('output', output, 'float32', null)
    const count = constants.elementCount(blueprint.shape)
    return {
      kind: blueprint.kind,
      model: modelOf(b, blueprint.opset ?? 17),
      input: { data: values(count), shape: blueprint.shape },
    }
  })

const modelOf = (b: GraphBuilder, opset: number): Model => ({
  irVersion: 8,
  producer: 'crp-serve-tests',
  opsets: { '': opset },
  graph: b.build('layer'),
  metadata: {},
})

const readable = ({ data, dims, dataType }: Constant): string =>
  data.kind === 'inline' && dataType === 'float32'
    ? `${dims.join('x')}: ${[...constants.toNumbers({ data, dims, dataType })].join(' ')}`
    : `${dataType} ${dims.join('x')}`

/** A counterexample as text: nodes with attributes, constants and the input. */
export const describeLayer = ({ kind, model, input }: RandomLayer): string =>
  [
    kind,
    ...model.graph.nodes.map(
      (node) => `${node.outputs} = ${node.op}(${node.inputs}) ${attributesText(node)}`,
    ),
    ...[...model.graph.initializers].map(([name, constant]) => `${name} ${readable(constant)}`),
    `input ${input.shape.join('x')}: ${input.data.join(' ')}`,
  ].join('\n')

const attributesText = (node: Model['graph']['nodes'][number]): string =>
  JSON.stringify(
    Object.fromEntries(Object.entries(node.attributes).map(([name, { value }]) => [name, value])),
  )
