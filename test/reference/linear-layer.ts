import { channelBias, convPair, convTransposePair, type LinearPair } from './ops/conv.ts'
import { gemmBias, gemmPair, gemmWeight, matmulPair } from './ops/linear.ts'
import { type Call, inputOf } from './ops/operation.ts'
import type { Tensor } from './tensor.ts'

/** A layer that is linear in its data input: y = W x + b. */
export interface LinearLayer extends LinearPair {
  readonly x: Tensor
  /** Position of the data among the node's inputs. */
  readonly dataIndex: number
  readonly weight: Tensor
  /** Broadcasts to the output; null where the layer has none. */
  readonly bias: Tensor | null
}

/** The linear layer that a node is; undefined for other nodes. `dynamic` says which inputs depend on the model's input. */
export function linearLayer(call: Call, dynamic: readonly boolean[]): LinearLayer | undefined {
  const x = call.inputs[0]!
  const spatial = x.shape.length - 2
  switch (call.node.op) {
    case 'Conv':
    case 'ConvTranspose': {
      const pair = call.node.op === 'Conv' ? convPair(call) : convTransposePair(call)
      const bias = call.inputs[2] ? channelBias(call.inputs[2], spatial) : null
      return { ...pair, x, dataIndex: 0, weight: inputOf(call, 1), bias }
    }
    case 'Gemm':
      return { ...gemmPair(call), x, dataIndex: 0, weight: gemmWeight(call), bias: gemmBias(call) }
    case 'MatMul': {
      if (dynamic[0] && dynamic[1]) return undefined
      const i = dynamic[0] ? 0 : 1
      const weight = inputOf(call, 1 - i)
      return {
        ...matmulPair(call, i),
        x: inputOf(call, i),
        dataIndex: i,
        weight,
        bias: call.inputs[2] ?? null,
      }
    }
    default:
      return undefined
  }
}
