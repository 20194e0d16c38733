import * as attributes from '../graph/attributes.ts'
import { int64 } from '../graph/constants.ts'
import type { Attribute, Constant, Model, Node } from '../graph/types.ts'
import { subgraphs } from '../graph/uses.ts'

/** The oldest operator set that the rest of the project reads; newer models keep their own. */
export const baseOpset = 18

/** What an upgrade of one node may use: fresh constants, and ranks where they are known. */
interface Context {
  readonly opset: number
  readonly rank: (tensor: string) => number | undefined
  readonly constant: (hint: string, constant: Constant) => string
}

type Upgrade = (node: Node, context: Context) => readonly Node[]

const without = (node: Node, ...names: readonly string[]): Readonly<Record<string, Attribute>> =>
  Object.fromEntries(Object.entries(node.attributes).filter(([name]) => !names.includes(name)))

/** Moves an integer list attribute to an input, as of the operator set version `since`. */
const attributeToInput =
  (name: string, position: number, since: number): Upgrade =>
  (node, { opset, constant }) => {
    const values = attributes.ints(node, name)
    if (opset >= since || values === undefined) return [node]
    const inputs = [...node.inputs]
    while (inputs.length < position) inputs.push('')
    inputs[position] = constant(`${node.outputs[0]}/${name}`, int64(values))
    return [{ ...node, inputs, attributes: without(node, name) }]
  }

const axesToInput13 = attributeToInput('axes', 1, 13)
const axesToInput18 = attributeToInput('axes', 1, 18)

/** Split 13 takes the sizes as an input; Split 18 wants the number of outputs where no sizes are given. */
const split: Upgrade = (node, context) => {
  const [moved] = attributeToInput('split', 1, 13)(node, context)
  if (moved!.inputs[1] || context.opset >= 18) return [moved!]
  const num_outputs = attributes.toAttribute(node.outputs.length)
  return [{ ...moved!, attributes: { ...moved!.attributes, num_outputs } }]
}

/**
 * Before operator set 13 Softmax and its kin worked on the tensor flattened to a matrix at `axis` (default 1).
 * Where that is the last axis it is the newer form; else the flattening is written out.
 */
const flattenedSoftmax: Upgrade = (node, { opset, rank }) => {
  if (opset >= 13) return [node]
  const axis = attributes.int(node, 'axis', 1)
  const axes = rank(node.inputs[0]!)
  const isLast = axis === -1 || (axes !== undefined && axis === axes - 1)
  const last = { ...node.attributes, axis: attributes.toAttribute(-1) }
  if (isLast) return [{ ...node, attributes: last }]
  const [input, output] = [node.inputs[0]!, node.outputs[0]!]
  const part = (suffix: string) => `${output}/${suffix}`
  const bare = { domain: '', attributes: {}, metadata: node.metadata }
  const step = (op: string, suffix: string, inputs: readonly string[]): Node => ({
    ...bare,
    op,
    name: `${node.name}/${suffix}`,
    inputs,
    outputs: [part(suffix)],
  })
  return [
    step('Shape', 'shape', [input]),
    { ...step('Flatten', 'flat', [input]), attributes: { axis: attributes.toAttribute(axis) } },
    { ...node, inputs: [part('flat')], outputs: [part('rows')], attributes: last },
    { ...step('Reshape', 'restored', [part('rows'), part('shape')]), outputs: [output] },
  ]
}

/** RoiAlign 16 changed its default; older models mean the old one. */
const roiAlign: Upgrade = (node, { opset }) => {
  if (opset >= 16) return [node]
  const mode = attributes.toAttribute('output_half_pixel')
  return [{ ...node, attributes: { coordinate_transformation_mode: mode, ...node.attributes } }]
}

/** Dropout does nothing at inference; its ratio became an input in operator set 12. */
const dropout: Upgrade = (node, { opset }) =>
  opset >= 12 ? [node] : [{ ...node, attributes: without(node, 'ratio') }]

/** Every operator whose form or meaning changed between operator sets 11 and 18. */
const upgrades: Readonly<Record<string, Upgrade>> = {
  Dropout: dropout,
  Hardmax: flattenedSoftmax,
  LogSoftmax: flattenedSoftmax,
  ReduceL1: axesToInput18,
  ReduceL2: axesToInput18,
  ReduceLogSum: axesToInput18,
  ReduceLogSumExp: axesToInput18,
  ReduceMax: axesToInput18,
  ReduceMean: axesToInput18,
  ReduceMin: axesToInput18,
  ReduceProd: axesToInput18,
  ReduceSum: axesToInput13,
  ReduceSumSquare: axesToInput18,
  RoiAlign: roiAlign,
  Softmax: flattenedSoftmax,
  Split: split,
  Squeeze: axesToInput13,
  Unsqueeze: axesToInput13,
}

/** A node with the nodes of its subgraphs (the branches of an If) upgraded. */
function withSubgraphs(node: Node, upgraded: (node: Node) => readonly Node[]): Node {
  const attributes = Object.entries(node.attributes).map(([name, a]): [string, Attribute] => [
    name,
    a.kind === 'graph' ? { kind: 'graph', value: { ...a.value, nodes: a.value.nodes.flatMap(upgraded) } } : a,
  ])
  return subgraphs(node).length === 0 ? node : { ...node, attributes: Object.fromEntries(attributes) }
}

/**
 * The same model in the forms of operator set 18 (ONNX operator change log, versions 11 to 18), so that passes
 * and operators read one form only and may emit newer operators. Newer models are returned as they are.
 * `rank` gives a tensor's number of axes where it is known; it spares Softmax a flattening.
 */
export function upgradeOpset(
  model: Model,
  rank: (tensor: string) => number | undefined = () => undefined,
): Model {
  const opset = model.opsets[''] ?? 0
  if (opset >= baseOpset) return model
  const initializers = new Map(model.graph.initializers)
  const constant = (name: string, value: Constant) => {
    initializers.set(name, value)
    return name
  }
  const upgraded = (node: Node): readonly Node[] => {
    const upgrade = node.domain === '' ? upgrades[node.op] : undefined
    return upgrade ? upgrade(node, { opset, rank, constant }) : [withSubgraphs(node, upgraded)]
  }
  const nodes = model.graph.nodes.flatMap(upgraded)
  return {
    ...model,
    irVersion: Math.max(model.irVersion, 8),
    opsets: { ...model.opsets, '': baseOpset },
    graph: { ...model.graph, nodes, initializers },
  }
}
