import {
  attributes,
  type Constant,
  type DataType,
  type Graph,
  type Model,
  type Node,
  type ValueInfo,
} from '@crp-serve/onnx'

/** One graph of a split model: it runs once everything that it reads has been computed. */
export interface Part {
  readonly model: Model
  /** Inputs that the caller feeds. */
  readonly feeds: readonly string[]
  /** Inputs that earlier parts compute. */
  readonly reads: readonly string[]
  /** Outputs of the whole model that this part computes. */
  readonly outputs: readonly string[]
  /** Outputs that later parts read. */
  readonly keeps: readonly string[]
}

/** Level of tensors that depend on no input: every part that needs them computes them itself. */
const constantLevel = -1

/** For every tensor the last group of inputs that it depends on. */
function levelsOf(graph: Graph, groups: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const levels = new Map<string, number>()
  for (const [level, names] of groups.entries()) for (const name of names) levels.set(name, level)
  for (const node of graph.nodes) {
    const level = Math.max(constantLevel, ...node.inputs.map((name) => levels.get(name) ?? constantLevel))
    for (const output of node.outputs) levels.set(output, level)
  }
  return levels
}

/** Element types that do not follow from the first input, by operator. */
const resultTypes: Readonly<Record<string, DataType>> = {
  ArgMax: 'int64',
  ArgMin: 'int64',
  And: 'bool',
  Equal: 'bool',
  Greater: 'bool',
  GreaterOrEqual: 'bool',
  IsInf: 'bool',
  IsNaN: 'bool',
  Less: 'bool',
  LessOrEqual: 'bool',
  Not: 'bool',
  Or: 'bool',
  Shape: 'int64',
  Size: 'int64',
}

/** Codes of TensorProto.DataType that a Cast of the backward pass or of shape arithmetic can name. */
const castTypes: Readonly<Record<number, DataType>> = {
  1: 'float32',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  11: 'float64',
}

function typeOf(node: Node, output: string, known: ReadonlyMap<string, DataType>): DataType {
  if (node.op === 'Cast') return castTypes[attributes.int(node, 'to', 1)] ?? 'float32'
  if (node.op === 'ConstantOfShape') return attributes.tensor(node, 'value')?.dataType ?? 'float32'
  if (node.op === 'MaxPool' && node.outputs[1] === output) return 'int64'
  const fixed = resultTypes[node.op]
  if (fixed) return fixed
  const position = node.op === 'Where' || node.op === 'CastLike' ? 1 : 0
  return known.get(node.inputs[position]!) ?? 'float32'
}

function typesOf(graph: Graph): ReadonlyMap<string, DataType> {
  const types = new Map<string, DataType>(graph.inputs.map((input) => [input.name, input.dataType]))
  for (const [name, constant] of graph.initializers) types.set(name, constant.dataType)
  for (const node of graph.nodes)
    for (const output of node.outputs) types.set(output, typeOf(node, output, types))
  return types
}

/** The nodes that given tensors need, walking up no further than `known` tensors. */
function neededNodes(
  nodes: readonly Node[],
  wanted: Iterable<string>,
  known: ReadonlySet<string>,
): readonly Node[] {
  const needed = new Set(wanted)
  const kept = [...nodes].reverse().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output) && !known.has(output))) return false
    for (const name of node.inputs) needed.add(name)
    return true
  })
  return kept.reverse()
}

const readBy = (nodes: readonly Node[]): ReadonlySet<string> => new Set(nodes.flatMap((node) => node.inputs))

/** Everything that a split works on. */
interface Context {
  readonly model: Model
  readonly groups: readonly (readonly string[])[]
  readonly levels: ReadonlyMap<string, number>
  readonly types: ReadonlyMap<string, DataType>
}

const isComputed = ({ levels, groups }: Context, tensor: string, level: number): boolean =>
  levels.get(tensor) === level && !groups[level]!.includes(tensor)

/** Tensors of one level that nodes or outputs of later levels read. */
function keptBy(context: Context, level: number): readonly string[] {
  const { model, levels } = context
  const later = model.graph.nodes.filter((node) => (levels.get(node.outputs[0]!) ?? constantLevel) > level)
  return [...readBy(later)].filter((name) => isComputed(context, name, level))
}

function partAt(context: Context, level: number): Part {
  const { model, groups, levels, types } = context
  const { graph } = model
  const levelOf = (name: string) => levels.get(name) ?? constantLevel
  const outputs = graph.outputs.filter((output) => Math.max(0, levelOf(output.name)) === level)
  const keeps = keptBy(context, level)
  const mine = graph.nodes.filter((node) => [level, constantLevel].includes(levelOf(node.outputs[0]!)))
  const wanted = [...outputs.map((output) => output.name), ...keeps]
  const nodes = neededNodes(mine, wanted, new Set())
  const read = new Set([...readBy(nodes), ...wanted])
  const earlier = [...read].filter((name) => levelOf(name) >= 0 && levelOf(name) < level)
  const given = new Set(groups.flat())
  const feeds = [...earlier, ...groups[level]!].filter((name) => given.has(name) && read.has(name))
  const reads = earlier.filter((name) => !given.has(name))
  const declared = (name: string): ValueInfo =>
    graph.inputs.find((input) => input.name === name) ?? { name, dataType: types.get(name)!, shape: null }
  const produced = (name: string): ValueInfo => ({ name, dataType: types.get(name)!, shape: null })
  const initializers: readonly (readonly [string, Constant])[] = [...graph.initializers].filter(([name]) =>
    read.has(name),
  )
  return {
    model: {
      ...model,
      graph: {
        name: `${graph.name}/${level}`,
        inputs: [...feeds, ...reads].map(declared),
        outputs: [...outputs, ...keeps.filter((name) => !outputs.some((o) => o.name === name)).map(produced)],
        nodes,
        initializers: new Map(initializers),
      },
    },
    feeds,
    reads,
    outputs: outputs.map((output) => output.name),
    keeps,
  }
}

/**
 * Cuts a graph by what its tensors depend on: part i holds everything that needs an input of group i and none of
 * a later group. With the groups (image), (targets), (masks) the forward pass runs once per sample, what lies
 * above the first mask once per target, and only the rest once per condition. What depends on no input is
 * computed by every part that needs it. Parts without outputs are left out.
 */
export function splitByInputs(model: Model, groups: readonly (readonly string[])[]): readonly Part[] {
  const levels = levelsOf(model.graph, groups)
  const context = { model, groups, levels, types: typesOf(model.graph) }
  return groups
    .map((_, level) => partAt(context, level))
    .filter((part) => part.outputs.length + part.keeps.length > 0)
}
