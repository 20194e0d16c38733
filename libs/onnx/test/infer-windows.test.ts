import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  dims,
  floatAttribute,
  GraphBuilder,
  inferTypes,
  type Model,
  OnnxError,
  type PlainAttribute,
  writeModel,
} from '../src/index.ts'
import { noise, run } from './ort.ts'

interface Case {
  readonly op: string
  readonly spatial: readonly number[]
  readonly weight?: readonly number[] | undefined
  readonly outputs?: number
  readonly attributes: Readonly<Record<string, PlainAttribute>>
}

/** Kernel sizes, and the attributes of a window but for them. */
interface Window {
  readonly kernel: number[]
  readonly attributes: Record<string, PlainAttribute>
}

const channels = 4

function modelOf({ op, spatial, weight, outputs = 1, attributes }: Case, opset: number): Model {
  const b = new GraphBuilder()
  const inputs = [b.input('x', 'float32', ['N', channels, ...spatial])]
  if (weight) inputs.push(b.floats(noise(weight.reduce((p, d) => p * d, 1)), weight))
  const made = b.ops(op, inputs, outputs, attributes)
  for (const [i, name] of made.entries()) b.output(`out${i}`, name, i === 0 ? 'float32' : 'int64', null)
  return { irVersion: 8, producer: 'test', opsets: { '': opset }, graph: b.build('window'), metadata: {} }
}

/** Output shape at batch 2; undefined where the geometry is refused. */
function inferred(model: Model): readonly number[] | undefined {
  try {
    return inferTypes(model)
      .types.get('out0')!
      .shape.map((d) => dims.dimAt(d, 2))
  } catch (error) {
    if (error instanceof OnnxError && error.code === 'shape-mismatch') return undefined
    throw error
  }
}

async function agrees(c: Case, opset = 19): Promise<void> {
  const model = modelOf(c, opset)
  const shape = inferred(model)
  const outputs = run(writeModel(model), { x: [2, channels, ...c.spatial] })
  if (shape) expect((await outputs).get('out0')!.dims).toEqual(shape)
  else await expect(outputs).rejects.toThrow()
}

const sizes = (axes: number, max: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max }), { minLength: axes, maxLength: axes })

const autoPad = fc.constantFrom('NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID')

/** Attributes of a window over `axes` axes; pads smaller than the kernel, as pools require. */
const windows = (axes: number): fc.Arbitrary<Window> =>
  fc
    .record({
      kernel: sizes(axes, 4),
      strides: sizes(axes, 3),
      dilations: sizes(axes, 2),
      pad: autoPad,
      fill: fc.infiniteStream(fc.nat(3)),
    })
    .map(({ kernel, strides, dilations, pad, fill }) => {
      const pads = [...kernel, ...kernel].map((k) => Math.min(fill.next().value!, k - 1))
      const explicit = pad === 'NOTSET' ? { pads } : { auto_pad: pad }
      const spread = pad.startsWith('SAME') ? {} : { dilations }
      return { kernel, attributes: { strides, ...spread, ...explicit } }
    })

/**
 * Whether every window lies on the padded input and automatic padding is not negative. Of other geometries ONNX
 * Runtime refuses some, and counts a window that is not there in others.
 */
function isSound(spatial: readonly number[], { kernel, attributes }: Window): boolean {
  const list = (name: string): readonly number[] => (attributes[name] as number[] | undefined) ?? []
  return spatial.every((size, axis) => {
    const reach = (kernel[axis]! - 1) * (list('dilations')[axis] ?? 1) + 1
    const pads = (list('pads')[axis] ?? 0) + (list('pads')[axis + spatial.length] ?? 0)
    return String(attributes['auto_pad']).startsWith('SAME')
      ? reach >= list('strides')[axis]!
      : size + pads >= reach
  })
}

const pools = fc.integer({ min: 1, max: 3 }).chain((axes) =>
  fc.record({
    op: fc.constantFrom('MaxPool', 'AveragePool'),
    spatial: sizes(axes, 9),
    window: windows(axes),
    ceil: fc.integer({ min: 0, max: 1 }),
  }),
)

test('pools: as many windows as ONNX Runtime counts, ceil mode and automatic padding included', async () => {
  await fc.assert(
    fc.asyncProperty(pools, ({ op, spatial, window, ceil }) => {
      fc.pre(isSound(spatial, window))
      return agrees({
        op,
        spatial,
        attributes: { kernel_shape: window.kernel, ceil_mode: ceil, ...window.attributes },
      })
    }),
    { numRuns: 300 },
  )
})

const convolutions = fc.integer({ min: 1, max: 3 }).chain((axes) =>
  fc.record({
    spatial: sizes(axes, 8),
    window: windows(axes),
    group: fc.constantFrom(1, 2, 4),
    out: fc.integer({ min: 1, max: 3 }),
  }),
)

test('Conv: the shapes of ONNX Runtime', async () => {
  await fc.assert(
    fc.asyncProperty(convolutions, ({ spatial, window, group, out }) =>
      agrees({
        op: 'Conv',
        spatial,
        weight: [out * group, channels / group, ...window.kernel],
        attributes: { group, ...window.attributes },
      }),
    ),
    { numRuns: 200 },
  )
})

test('ConvTranspose: the shapes of ONNX Runtime, with output padding', async () => {
  await fc.assert(
    fc.asyncProperty(convolutions, fc.nat(2), ({ spatial, window, group, out }, extra) => {
      const strides = window.attributes['strides'] as number[]
      const padding = window.attributes['auto_pad']
        ? {}
        : { output_padding: strides.map((s) => Math.min(extra, s - 1)) }
      return agrees({
        op: 'ConvTranspose',
        spatial,
        weight: [channels, out, ...window.kernel],
        attributes: { group, ...window.attributes, ...padding },
      })
    }),
    { numRuns: 200 },
  )
})

test('ConvTranspose with a given output shape', async () => {
  const attributes = { output_shape: [10, 9], strides: [3, 3] }
  await agrees({ op: 'ConvTranspose', spatial: [3, 3], weight: [channels, 2, 3, 3], attributes })
})

test('MaxPool has the winners as a second output, with the shape of the first', async () => {
  const c = {
    op: 'MaxPool',
    spatial: [7, 7],
    outputs: 2,
    attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
  }
  await agrees(c)
  const { types } = inferTypes(modelOf(c, 12))
  expect(types.get('out1')).toEqual({ ...types.get('out0'), dataType: 'int64' })
})

test.each([
  ['GlobalAveragePool', {}],
  ['GlobalMaxPool', {}],
  ['LpPool', { kernel_shape: [2, 3], strides: [2, 1] }],
  ['LRN', { size: 3, alpha: floatAttribute(0.1) }],
  ['DepthToSpace', { blocksize: 2 }],
  ['SpaceToDepth', { blocksize: 2 }],
  ['SpaceToDepth', { blocksize: 4 }],
] as const)('%s %o', async (op, attributes) => {
  await agrees({ op, spatial: [6, 8], attributes }, 18)
})
