import { GraphBuilder, type Model, writeModel } from '@crp-serve/onnx'

/** Numbers from -0.5 to 0.5 that are the same every time (a linear congruential generator). */
export function weights(count: number, seed = 1): Float32Array {
  let state = seed
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  })
}

/** The bytes of a model with one float32 input and one output of that many classes. */
export function modelOf(
  inputSizes: readonly number[],
  classes: number,
  body: (b: GraphBuilder, input: string) => string,
  change: Partial<Model> = {},
): Uint8Array {
  const b = new GraphBuilder()
  const logits = body(b, b.input('input', 'float32', ['N', ...inputSizes]))
  b.output('logits', logits, 'float32', ['N', classes])
  return writeModel({
    irVersion: 8,
    producer: 'test',
    opsets: { '': 17 },
    graph: b.build('small'),
    metadata: {},
    ...change,
  })
}

/** A 3 x 3 convolution with padding, and a ReLU behind it. */
export function convolution(b: GraphBuilder, x: string, from: number, to: number, size = 3): string {
  const scale = 1 / Math.sqrt(from * size * size)
  const values = weights(to * from * size * size, from + to).map((value) => 4 * scale * value)
  const weight = b.floats(values, [to, from, size, size], 'weight')
  const pads = Array.from({ length: 4 }, () => size >> 1)
  return b.op('Relu', [b.op('Conv', [x, weight], { kernel_shape: [size, size], pads })])
}

/** Global average and a fully connected layer. */
export function classifier(b: GraphBuilder, x: string, channels: number, classes: number): string {
  const weight = b.floats(weights(channels * classes), [channels, classes], 'weight')
  return b.op('Gemm', [b.op('Flatten', [b.op('GlobalAveragePool', [x])]), weight])
}
