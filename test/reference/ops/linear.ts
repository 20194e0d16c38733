import {
  broadcastShape,
  broadcastTo,
  map,
  plus,
  reshaped,
  sizeOf,
  sumTo,
  swapped,
  type Tensor,
  zeros,
} from '../tensor.ts'
import type { LinearPair } from './conv.ts'
import { attribute, type Call, inputOf, type Operation } from './operation.ts'

/** Product of two stacks of matrices with the same leading axes. */
function stackedProduct(a: Tensor, b: Tensor, lead: readonly number[]): Tensor {
  const [m, inner] = a.shape.slice(-2) as [number, number]
  const n = b.shape.at(-1)!
  if (b.shape.at(-2) !== inner) throw new Error(`[${a.shape}] and [${b.shape}] are no matrix product`)
  const out = zeros([...lead, m, n])
  for (let s = 0; s < sizeOf(lead); s++) {
    for (let i = 0; i < m; i++) {
      for (let k = 0; k < inner; k++) {
        const factor = a.data[(s * m + i) * inner + k]!
        for (let j = 0; j < n; j++)
          out.data[(s * m + i) * n + j]! += factor * b.data[(s * inner + k) * n + j]!
      }
    }
  }
  return out
}

/** Matrix product of tensors with at least two axes; leading axes broadcast. */
export function product(a: Tensor, b: Tensor): Tensor {
  const lead = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
  return stackedProduct(
    broadcastTo(a, [...lead, ...a.shape.slice(-2)]),
    broadcastTo(b, [...lead, ...b.shape.slice(-2)]),
    lead,
  )
}

const asRow = (t: Tensor): Tensor => (t.shape.length === 1 ? reshaped(t, [1, ...t.shape]) : t)
const asColumn = (t: Tensor): Tensor => (t.shape.length === 1 ? reshaped(t, [...t.shape, 1]) : t)

/** Shape of a NumPy matmul: the axis that a vector was given is dropped again. */
function matmulShape(a: readonly number[], b: readonly number[]): number[] {
  const lead = broadcastShape(a.slice(0, -2), b.slice(0, -2))
  return [...lead, ...(a.length > 1 ? [a.at(-2)!] : []), ...(b.length > 1 ? [b.at(-1)!] : [])]
}

const matmul = (a: Tensor, b: Tensor): Tensor =>
  reshaped(product(asRow(a), asColumn(b)), matmulShape(a.shape, b.shape))

/** Gradients of a NumPy matmul for both factors. */
function matmulBackward(a: Tensor, b: Tensor, upper: Tensor): [Tensor, Tensor] {
  const [left, right] = [asRow(a), asColumn(b)]
  const lead = broadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2))
  const r = reshaped(upper, [...lead, left.shape.at(-2)!, right.shape.at(-1)!])
  return [
    reshaped(sumTo(product(r, swapped(right)), left.shape), a.shape),
    reshaped(sumTo(product(swapped(left), r), right.shape), b.shape),
  ]
}

/** MatMul as a linear map of one factor, the other one being the weight. */
export function matmulPair(call: Call, dataIndex: 0 | 1): LinearPair {
  const other = inputOf(call, dataIndex)
  if (dataIndex === 0) {
    return {
      apply: (x, weight) => matmul(x, weight),
      pull: (upper, weight) => matmulBackward(other, weight, upper)[0],
    }
  }
  return {
    apply: (x, weight) => matmul(weight, x),
    pull: (upper, weight) => matmulBackward(weight, other, upper)[1],
  }
}

/** MatMul of N-D tensors. A third input, which the reference adds when it fuses a following Add, is a bias. */
export const matMul: Operation = {
  forward(call) {
    const z = matmul(inputOf(call, 0), inputOf(call, 1))
    return call.inputs[2] ? plus(z, broadcastTo(call.inputs[2], z.shape)) : z
  },
  backward: (call, upper) => [...matmulBackward(inputOf(call, 0), inputOf(call, 1), upper), null],
}

const flag = (call: Call, name: string): boolean => (attribute(call.node, name, 'int') ?? 0) !== 0
const scaled = (t: Tensor, factor: number): Tensor => map(t, (value) => value * factor)

/** The matrix [in, out] that a Gemm multiplies its rows with: alpha times B, transposed where transB says so. */
export function gemmWeight(call: Call): Tensor {
  const b = inputOf(call, 1)
  return scaled(flag(call, 'transB') ? swapped(b) : b, attribute(call.node, 'alpha', 'float') ?? 1)
}

/** The bias of a Gemm: beta times C, which broadcasts to [rows, out]; null without C. */
export function gemmBias(call: Call): Tensor | null {
  const c = call.inputs[2]
  return c ? scaled(c, attribute(call.node, 'beta', 'float') ?? 1) : null
}

/** The linear part of a Gemm over the matrix of {@link gemmWeight}. */
export function gemmPair(call: Call): LinearPair {
  const rows = (t: Tensor): Tensor => (flag(call, 'transA') ? swapped(t) : t)
  return {
    apply: (x, weight) => product(rows(x), weight),
    pull: (upper, weight) => rows(product(upper, swapped(weight))),
  }
}

/** Gemm: alpha * A' * B' + beta * C. Only A carries relevance. */
export const gemm: Operation = {
  forward(call) {
    const z = gemmPair(call).apply(inputOf(call, 0), gemmWeight(call))
    const bias = gemmBias(call)
    return bias ? plus(z, broadcastTo(bias, z.shape)) : z
  },
  backward: (call, upper) => [gemmPair(call).pull(upper, gemmWeight(call)), null, null],
}
