import { attributes, type GraphBuilder, type Node } from '@crp-serve/onnx'
import type { GraphFacts } from './facts.ts'
import { reduced } from './reduction.ts'

/** Codes of TensorProto.DataType. */
const [float32, float64] = [1, 11]

type Settled = (b: GraphBuilder, x: string, node: Node) => string

/** scale * (x where it is positive, else alpha * (e^(x / width) - 1)). */
const exponential = (b: GraphBuilder, x: string, alpha: number, width = 1): string => {
  const below = b.op('Min', [x, b.scalar(0)])
  const power = b.op('Exp', [width === 1 ? below : b.op('Div', [below, b.scalar(width)])])
  const bent = b.op('Mul', [b.op('Sub', [power, b.scalar(1)]), b.scalar(alpha)])
  return b.op('Where', [b.op('Greater', [x, b.scalar(0)]), x, bent])
}

const asDouble = (b: GraphBuilder, x: string): string => b.op('Cast', [x], { to: float64 })
const asFloat = (b: GraphBuilder, x: string): string => b.op('Cast', [x], { to: float32 })

/** The logarithm, rounded from float64. */
const log: Settled = (b, x) => asFloat(b, b.op('Log', [asDouble(b, x)]))

/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), rounded from float64. */
const softplus: Settled = (b, x) => {
  const wide = asDouble(b, x)
  const one = asDouble(b, b.scalar(1))
  const decay = b.op('Exp', [b.op('Neg', [b.op('Abs', [wide])])])
  const above = b.op('Relu', [wide])
  return asFloat(b, b.op('Add', [above, b.op('Log', [b.op('Add', [one, decay])])]))
}

const selu: Settled = (b, x, node) => {
  const alpha = attributes.float(node, 'alpha', 1.6732632)
  return b.op('Mul', [exponential(b, x, alpha), b.scalar(attributes.float(node, 'gamma', 1.050701))])
}

/**
 * Functions that ONNX Runtime computes eight at a time on the CPU and the rest of a tensor one by one, with other rounding: the
 * last elements would depend on how many there are. Written by functions that have one way, or rounded from float64.
 */
const settled: Readonly<Record<string, Settled>> = {
  Celu: (b, x, node) => {
    const alpha = attributes.float(node, 'alpha', 1)
    return exponential(b, x, alpha, alpha)
  },
  Elu: (b, x, node) => exponential(b, x, attributes.float(node, 'alpha', 1)),
  Log: log,
  Mish: (b, x, node) => b.op('Mul', [x, b.op('Tanh', [softplus(b, x, node)])]),
  Selu: selu,
  Softplus: softplus,
}

/** An instance normalization whose statistics are reductions in the form that does not mix rows (ONNX InstanceNormalization). */
export function addInstanceNorm(b: GraphBuilder, node: Node, facts: GraphFacts): boolean {
  const [x, scale, shift] = node.inputs as [string, string, string]
  if (node.op !== 'InstanceNormalization' || node.domain !== '') return false
  const { shape } = facts.type(x)
  const sizes = shape.slice(1).filter((size) => typeof size === 'number')
  if (!facts.carriesRelevance(x) || sizes.length !== shape.length - 1) return false
  const axes = sizes.slice(1).map((_, i) => i + 2)
  const mean = (v: string) => reduced(b, 'ReduceMean', v, { sizes, axes, keepdims: true })
  const channels = (v: string) => b.op('Reshape', [v, b.ints([1, -1, ...axes.map(() => 1)])])
  const centred = b.op('Sub', [x, mean(x)])
  const variance = mean(b.op('Mul', [centred, centred]))
  const epsilon = b.scalar(attributes.float(node, 'epsilon', 1e-5))
  const deviation = b.op('Sqrt', [b.op('Add', [variance, epsilon])])
  const factor = b.op('Div', [channels(scale), deviation])
  const inputs = [b.op('Mul', [centred, factor]), channels(shift)]
  b.add({ ...node, op: 'Add', inputs, attributes: {} })
  return true
}

/** Adds a function in a form whose elements do not depend on where they stand; false for other nodes. */
export function addFunction(b: GraphBuilder, node: Node, facts: GraphFacts): boolean {
  const form = node.domain === '' ? settled[node.op] : undefined
  if (form === undefined || !facts.carriesRelevance(node.outputs[0]!)) return false
  b.add({ ...node, op: 'Identity', inputs: [form(b, node.inputs[0]!, node)], attributes: {} })
  return true
}
