import { constantTensor } from '../constants.ts'
import { integers, type Kind, map, type Tensor, tensor } from '../tensor.ts'
import { attribute, type Call, inputOf, type Operation } from './operation.ts'

/** Codes of TensorProto.DataType (onnx.proto) that a Cast here may name. */
const castKinds: Readonly<Record<number, Kind>> = { 1: 'float', 11: 'float', 6: 'int', 7: 'int' }

const cast = (t: Tensor, kind: Kind): Tensor => ({ ...(kind === 'int' ? map(t, Math.trunc) : t), kind })

function castTarget(call: Call): Kind {
  const to = attribute(call.node, 'to', 'int') ?? -1
  const kind = castKinds[to]
  if (!kind) throw new Error(`${call.node.name} casts to data type ${to}, which the reference does not have`)
  return kind
}

/** Cast between floats (relevance passes) and integers. */
export const castTo: Operation = {
  forward: (call) => cast(inputOf(call, 0), castTarget(call)),
  backward: (call, upper) => [castTarget(call) === 'int' ? null : upper],
}

/** CastLike: the kind of the second input. */
export const castLike: Operation = {
  forward: (call) => cast(inputOf(call, 0), inputOf(call, 1).kind),
  backward: (call, upper) => [inputOf(call, 1).kind === 'int' ? null : upper, null],
}

/** Shape of a tensor, or of its axes from start to end. */
export const shape: Operation = {
  forward(call) {
    const start = attribute(call.node, 'start', 'int') ?? 0
    return integers(inputOf(call, 0).shape.slice(start, attribute(call.node, 'end', 'int')))
  },
  backward: () => [null],
}

/** Constant, in any of the forms that hold numbers. */
export const constant: Operation = {
  forward({ node }) {
    const value = node.attributes['value'] ?? Object.values(node.attributes)[0]
    switch (value?.kind) {
      case 'tensor':
        return constantTensor(value.value)
      case 'int':
      case 'float':
        return tensor([], [value.value], value.kind)
      case 'ints':
        return integers(value.value)
      case 'floats':
        return tensor([value.value.length], value.value)
      default:
        throw new Error(`${node.name} holds no numbers`)
    }
  },
  backward: () => [],
}
