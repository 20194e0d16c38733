import * as attributes from '../graph/attributes.ts'
import { type Equation, parseEquation } from '../graph/equation.ts'
import type { Dim, Model, Node, TensorType } from '../graph/types.ts'
import { isFixed } from '../infer/dims.ts'
import { inferTypes } from '../infer/infer-types.ts'
import type { InputSizes } from '../infer/inputs.ts'
import { Contraction, type Operand } from './contraction.ts'
import { Replacement, withReplacements } from './replacement.ts'

/** The size of every label, and of every axis as it stands. */
interface Sizes {
  readonly shapes: readonly (readonly Dim[])[]
  readonly labels: ReadonlyMap<string, Dim>
}

function sizesOf({ operands }: Equation, shapes: readonly (readonly Dim[])[]): Sizes {
  const labels = new Map<string, Dim>()
  for (const [i, list] of operands.entries()) {
    for (const [axis, label] of list.entries()) {
      if ((labels.get(label) ?? 1) === 1) labels.set(label, shapes[i]![axis]!)
    }
  }
  return { shapes, labels }
}

/** The label that counts samples in every operand that has samples, and in the result; null where there is no such label. */
function sampleLabel({ output }: Equation, { labels }: Sizes): string | null {
  const [label, ...rest] = [...labels].filter(([, size]) => !isFixed(size)).map(([name]) => name)
  const size = label === undefined ? undefined : labels.get(label)
  const isSample = typeof size === 'object' && size.batch === 1
  return isSample && rest.length === 0 && output.includes(label!) ? label! : null
}

const repeats = (labels: readonly string[]): boolean => new Set(labels).size < labels.length

/** An operand without the axes of size one along which it is repeated. */
function squeezed(tensor: string, i: number, equation: Equation, sizes: Sizes, into: Replacement): Operand {
  const labels = equation.operands[i]!
  const isRepeated = (axis: number) => sizes.shapes[i]![axis] === 1 && sizes.labels.get(labels[axis]!) !== 1
  const axes = labels.flatMap((_, axis) => (isRepeated(axis) ? [axis] : []))
  return {
    tensor: axes.length === 0 ? tensor : into.op('Squeeze', [tensor, into.ints(axes)]),
    labels: labels.filter((_, axis) => !isRepeated(axis)),
  }
}

/** The nodes that an Einsum stands for, or null where it is not lowered. */
function lowered(node: Node, types: ReadonlyMap<string, TensorType>): Replacement | null {
  const shapes = node.inputs.map((name) => types.get(name)?.shape)
  if (!shapes.every((shape) => shape !== undefined)) return null
  const equation = parseEquation(
    attributes.string(node, 'equation', ''),
    shapes.map((shape) => shape.length),
  )
  if (equation === null || equation.operands.some(repeats)) return null
  const sizes = sizesOf(equation, shapes)
  const sample = sampleLabel(equation, sizes)
  if (sample === null) return null
  const into = new Replacement(node)
  const operands = node.inputs.map((tensor, i) => squeezed(tensor, i, equation, sizes, into))
  const { tensor, main } = new Contraction(into, sizes.labels, sample).run(operands, equation.output)
  into.finish(tensor, main)
  return into
}

/**
 * Writes Einsum as transpositions, products and sums. A contraction of samples with a constant is a MatMul with a matrix,
 * which is a fully connected layer; samples keep the first axis, and other indices of theirs an axis each. An Einsum that
 * takes a diagonal, or whose samples are no index of the result, stays.
 */
export function lowerEinsum(model: Model, inputSizes: InputSizes = {}): Model {
  const { graph } = model
  const found = graph.nodes.filter(({ op, domain }) => op === 'Einsum' && domain === '')
  if (found.length === 0) return model
  const { types } = inferTypes(model, inputSizes, { unknown: 'collect' })
  const pairs = found.flatMap((node): (readonly [Node, Replacement])[] => {
    const into = lowered(node, types)
    return into ? [[node, into]] : []
  })
  return { ...model, graph: withReplacements(graph, new Map(pairs)) }
}
