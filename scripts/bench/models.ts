import { constants, floatAttribute, GraphBuilder, type Model } from '@crp-serve/onnx'

/** Standard normal numbers from a seed (mulberry32 and Box-Muller), so that every run has the same weights. */
function normals(seed: number): () => number {
  let state = seed
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

/** Emits layers with random weights; nodes are named as PyTorch's exporter names them. */
class Network {
  readonly #builder = new GraphBuilder()
  readonly #normal = normals(1)

  constructor() {
    this.#builder.input('input', 'float32', ['N', 3, 224, 224])
  }

  #weights(name: string, dims: readonly number[], deviation: number): string {
    const values = new Float32Array(constants.elementCount(dims)).map(() => deviation * this.#normal())
    return this.#builder.initializer(name, constants.float32(values, dims))
  }

  #add(
    path: string,
    op: string,
    inputs: readonly string[],
    attributes: Record<string, number | number[]> = {},
  ): string {
    const output = `${path}_output`
    const converted = Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => [
        key,
        typeof value === 'number' ? ({ kind: 'int', value } as const) : ({ kind: 'ints', value } as const),
      ]),
    )
    this.#builder.add({
      op,
      name: `/${path.replaceAll('.', '/')}/${op}`,
      inputs,
      outputs: [output],
      attributes: converted,
    })
    return output
  }

  /** A convolution with He initialisation times `gain`. */
  conv(
    path: string,
    x: string,
    [inputs, outputs, kernel, stride]: readonly [number, number, number, number],
    gain = 1,
  ): string {
    const deviation = gain * Math.sqrt(2 / (inputs * kernel * kernel))
    const weight = this.#weights(`${path}.weight`, [outputs, inputs, kernel, kernel], deviation)
    const bias = this.#weights(`${path}.bias`, [outputs], 0.01)
    const pad = kernel >> 1
    return this.#add(path, 'Conv', [x, weight, bias], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    })
  }

  relu(path: string, x: string): string {
    return this.#add(path, 'Relu', [x])
  }

  sum(path: string, a: string, b: string): string {
    return this.#add(path, 'Add', [a, b])
  }

  maxPool(path: string, x: string, kernel: number, pad = 0): string {
    return this.#add(path, 'MaxPool', [x], {
      kernel_shape: [kernel, kernel],
      strides: [2, 2],
      pads: [pad, pad, pad, pad],
    })
  }

  globalPool(path: string, x: string): string {
    return this.#add(path, 'GlobalAveragePool', [x])
  }

  flatten(path: string, x: string): string {
    return this.#add(path, 'Flatten', [x])
  }

  linear(path: string, x: string, inputs: number, outputs: number): string {
    const weight = this.#weights(`${path}.weight`, [outputs, inputs], Math.sqrt(2 / inputs))
    const bias = this.#weights(`${path}.bias`, [outputs], 0.01)
    const output = `${path}_output`
    const attributes = {
      alpha: floatAttribute(1),
      beta: floatAttribute(1),
      transB: { kind: 'int', value: 1 } as const,
    }
    this.#builder.add({
      op: 'Gemm',
      name: `/${path.replaceAll('.', '/')}/Gemm`,
      inputs: [x, weight, bias],
      outputs: [output],
      attributes,
    })
    return output
  }

  build(name: string, output: string): Model {
    this.#builder.output('output', output, 'float32', ['N', 1000])
    return {
      irVersion: 8,
      producer: 'crp-serve bench',
      opsets: { '': 17 },
      graph: this.#builder.build(name),
      metadata: {},
    }
  }
}

const vggChannels = [
  64,
  64,
  'pool',
  128,
  128,
  'pool',
  256,
  256,
  256,
  'pool',
  512,
  512,
  512,
  'pool',
  512,
  512,
  512,
  'pool',
] as const

/** VGG16 (Simonyan and Zisserman 2015) for 224 x 224 images, with random weights. */
export function vgg16(): Model {
  const net = new Network()
  let [x, channels, index] = ['input', 3, 0]
  for (const width of vggChannels) {
    if (width === 'pool') x = net.maxPool(`features.${index++}`, x, 2)
    else {
      x = net.conv(`features.${index++}`, x, [channels, width, 3, 1])
      x = net.relu(`features.${index++}`, x)
      channels = width
    }
  }
  x = net.flatten('flatten', x)
  x = net.relu('classifier.1', net.linear('classifier.0', x, 512 * 49, 4096))
  x = net.relu('classifier.4', net.linear('classifier.3', x, 4096, 4096))
  return net.build('vgg16', net.linear('classifier.6', x, 4096, 1000))
}

/** One bottleneck block; the last convolution is small, so that depth does not blow up the activations. */
function bottleneck(
  net: Network,
  path: string,
  x: string,
  [inputs, width, stride]: readonly [number, number, number],
): string {
  const outputs = 4 * width
  let y = net.relu(`${path}.relu1`, net.conv(`${path}.conv1`, x, [inputs, width, 1, 1]))
  y = net.relu(`${path}.relu2`, net.conv(`${path}.conv2`, y, [width, width, 3, stride]))
  y = net.conv(`${path}.conv3`, y, [width, outputs, 1, 1], 0.5)
  const shortcut =
    inputs === outputs && stride === 1
      ? x
      : net.conv(`${path}.downsample.0`, x, [inputs, outputs, 1, stride], 0.7)
  return net.relu(`${path}.relu3`, net.sum(`${path}.add`, y, shortcut))
}

/** ResNet-50 (He et al. 2016) with its batch norms folded, for 224 x 224 images, with random weights. */
export function resnet50(): Model {
  const net = new Network()
  let x = net.maxPool('maxpool', net.relu('relu', net.conv('conv1', 'input', [3, 64, 7, 2])), 3, 1)
  let channels = 64
  for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
    for (let block = 0; block < blocks; block++) {
      const width = 64 << stage
      const stride = stage > 0 && block === 0 ? 2 : 1
      x = bottleneck(net, `layer${stage + 1}.${block}`, x, [channels, width, stride])
      channels = 4 * width
    }
  }
  x = net.flatten('flatten', net.globalPool('avgpool', x))
  return net.build('resnet50', net.linear('fc', x, 2048, 1000))
}

/** One convolution with 16 channels, so that next to nothing is computed for answers of any size. */
export function smallNet(): Model {
  const net = new Network()
  const x = net.relu('relu', net.conv('conv', 'input', [3, 16, 3, 1]))
  return net.build('small', net.linear('fc', net.flatten('flatten', net.globalPool('pool', x)), 16, 1000))
}
