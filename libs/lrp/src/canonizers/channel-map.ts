import { attributes, constants, type Graph, type Node } from '@crp-serve/onnx'

/** The channel-wise map of a batch norm: y = scale * x + shift. */
export interface ChannelMap {
  readonly scale: Float64Array
  readonly shift: Float64Array
}

/** The values of a float32 initializer that are at hand, or null. */
export function valuesOf(graph: Graph, name: string | undefined): ArrayLike<number> | null {
  const constant = name ? graph.initializers.get(name) : undefined
  return constant && constant.data.kind === 'inline' && constant.dataType === 'float32'
    ? constants.toNumbers(constant)
    : null
}

/** scale = gamma / sqrt(var + eps), shift = beta - mean * scale, in float64; null where a statistic is not constant. */
export function channelMapOf(graph: Graph, norm: Node): ChannelMap | null {
  const [gamma, beta, mean, variance] = norm.inputs.slice(1).map((name) => valuesOf(graph, name))
  if (!gamma || !beta || !mean || !variance) return null
  const epsilon = attributes.float(norm, 'epsilon', 1e-5)
  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c]! + epsilon))
  return { scale, shift: Float64Array.from(beta, (b, c) => b - mean[c]! * scale[c]!) }
}
