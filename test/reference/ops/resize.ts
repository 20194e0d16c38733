import { sizeOf, stridesOf, type Tensor, zerosLike } from '../tensor.ts'
import { attribute, type Call, inputOf, type Operation } from './operation.ts'

/** One axis of a Resize. */
interface Axis {
  readonly input: number
  readonly output: number
  readonly scale: number
}

/** An input position and how much of it an output is made of. */
type Weight = readonly [position: number, weight: number]

/** The position in the input that belongs to an output position (ONNX operators, Resize, coordinate_transformation_mode). */
function coordinate(mode: string, { input, output, scale }: Axis, o: number): number {
  switch (mode) {
    case 'asymmetric':
      return o / scale
    case 'align_corners':
      return output === 1 ? 0 : (o * (input - 1)) / (output - 1)
    case 'pytorch_half_pixel':
      return output > 1 ? (o + 0.5) / scale - 0.5 : 0
    case 'half_pixel':
      return (o + 0.5) / scale - 0.5
    default:
      throw new Error(`the reference does not resize with ${mode}`)
  }
}

const rounding: Readonly<Record<string, (x: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
}

/** Keys' cubic kernel at a distance (Keys 1981, eq. 15). */
function keys(distance: number, a: number): number {
  const d = Math.abs(distance)
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1
  return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0
}

/** The weights of the input positions around a coordinate; what lies outside of the axis counts for its edge. */
function weightsAt({ node }: Call, x: number, size: number): Weight[] {
  const mode = attribute(node, 'mode', 'string') ?? 'nearest'
  const edge = (i: number): number => Math.min(Math.max(i, 0), size - 1)
  if (mode === 'nearest') {
    const round = rounding[attribute(node, 'nearest_mode', 'string') ?? 'round_prefer_floor']!
    return [[edge(round(x)), 1]]
  }
  const low = Math.floor(x)
  if (mode === 'linear') {
    const inside = Math.min(Math.max(x, 0), size - 1)
    const floor = Math.floor(inside)
    return [
      [floor, 1 - (inside - floor)],
      [edge(floor + 1), inside - floor],
    ]
  }
  const a = attribute(node, 'cubic_coeff_a', 'float') ?? -0.75
  return [-1, 0, 1, 2].map((i) => [edge(low + i), keys(x - low - i, a)])
}

function axesOf(call: Call): Axis[] {
  const { shape } = inputOf(call, 0)
  const [scales, sizes] = [call.inputs[2], call.inputs[3]]
  const listed = attribute(call.node, 'axes', 'ints') ?? shape.map((_, i) => i)
  return shape.map((input, axis) => {
    const at = listed.indexOf(axis)
    if (at < 0) return { input, output: input, scale: 1 }
    if (sizes) return { input, output: sizes.data[at]!, scale: sizes.data[at]! / input }
    const scale = scales!.data[at]!
    return { input, output: Math.floor(input * scale), scale }
  })
}

/** For every output element the offsets of the inputs that it is made of, with their weights. */
function mixtures(call: Call): { shape: number[]; weights: Weight[][] } {
  const axes = axesOf(call)
  const mode = attribute(call.node, 'coordinate_transformation_mode', 'string') ?? 'half_pixel'
  const tables = axes.map((axis) =>
    Array.from({ length: axis.output }, (_, o): Weight[] =>
      axis.scale === 1 ? [[o, 1]] : weightsAt(call, coordinate(mode, axis, o), axis.input),
    ),
  )
  const shape = axes.map(({ output }) => output)
  const [outer, inner] = [stridesOf(shape), stridesOf(axes.map(({ input }) => input))]
  const weights = Array.from({ length: sizeOf(shape) }, (_, i) =>
    tables.reduce<Weight[]>(
      (found, table, axis) => {
        const along = table[Math.floor(i / outer[axis]!) % shape[axis]!]!
        return found.flatMap(([at, w]) => along.map(([p, v]): Weight => [at + p * inner[axis]!, w * v]))
      },
      [[0, 1]],
    ),
  )
  return { shape, weights }
}

/** Resize: nearest, linear and cubic, in the coordinate modes that PyTorch exports. */
export const resize: Operation = {
  forward(call): Tensor {
    const x = inputOf(call, 0)
    const { shape, weights } = mixtures(call)
    const data = Float64Array.from(weights, (list) =>
      list.reduce((sum, [at, weight]) => sum + weight * x.data[at]!, 0),
    )
    return { ...x, shape, data }
  },
  backward(call, upper) {
    const out = zerosLike(inputOf(call, 0))
    mixtures(call).weights.forEach((list, i) => {
      for (const [at, weight] of list) out.data[at]! += weight * upper.data[i]!
    })
    return [out, ...call.inputs.slice(1).map(() => null)]
  },
}
