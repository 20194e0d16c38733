import {
  foldConstants,
  hasBatchElsewhere,
  type InferredTypes,
  type InputSizes,
  inferTypes,
  inlineConditionals,
  lowerEinsum,
  lowerGatherNd,
  type Model,
  modulePaths,
  moveBatchFirst,
  type Node,
  type OnnxError,
  producers,
  upgradeOpset,
  verify,
} from '@crp-serve/onnx'
import { mergeBatchNorms, type Refusal } from './canonizers/merge-batch-norm.ts'
import { GraphFacts } from './compile/facts.ts'
import { LrpError, type UnsupportedNode, unsupportedError } from './errors.ts'
import type { Layer } from './layers/layer.ts'
import { LayerLookup } from './layers/lookup.ts'
import { pathsKey } from './layers/names.ts'
import { recogniseLayers, unsupportedLayers } from './layers/recognise.ts'

/** A canonized model with its layers: what plans are compiled from. */
export interface Explainable {
  readonly model: Model
  readonly facts: GraphFacts
  /** Layers in topological order. */
  readonly layers: readonly Layer[]
  readonly lookup: LayerLookup
  /** The name of the model's one float input. */
  readonly input: string
  /** Every node that relevance cannot pass; none unless they were allowed. */
  readonly unsupported: readonly UnsupportedNode[]
}

/** What the canonizer may do, and for which input size. */
export interface CanonizeOptions {
  readonly mergeBatchNorm: boolean
  /** Sizes of the axes behind the batch axis, by input name; needed where the model leaves them open. */
  readonly inputSizes?: InputSizes
}

/** A model in the form that rules are defined on. */
export interface Canonized {
  readonly model: Model
  /** Batch norms that stay where they are, with the reasons. */
  readonly refused: readonly Refusal[]
}

/** Notes the module paths that the export carries on every node, before anything is merged or renamed. */
function notePaths(model: Model): Model {
  const nodes = model.graph.nodes.map((node) => {
    const { primary, aliases } = modulePaths(node, model.graph)
    const paths = primary === null ? aliases : [primary, ...aliases]
    return { ...node, metadata: { ...node.metadata, [pathsKey]: JSON.stringify(paths) } }
  })
  return { ...model, graph: { ...model.graph, nodes } }
}

/** Brings a model to the base operator set; ranks spare a Softmax of an old operator set its flattening. */
function upgraded(model: Model, inputSizes: InputSizes): Model {
  const { types } = inferTypes(model, inputSizes, { unknown: 'collect' })
  return upgradeOpset(model, (tensor) => types.get(tensor)?.shape.length)
}

/** The model with the batch alone on the first axis of every tensor, as far as that can be. */
const batchFirst = (model: Model, inputSizes: InputSizes): Model =>
  moveBatchFirst(model, inferTypes(model, inputSizes, { unknown: 'collect' }))

/**
 * The model in the form that rules are defined on: one operator set, names noted, constants folded, batch norms
 * merged by data flow, the batch on the first axis. Needs the initializers inline; afterwards they may be moved to an external file.
 */
export function canonize(model: Model, { mergeBatchNorm, inputSizes = {} }: CanonizeOptions): Canonized {
  const noted = notePaths(inlineConditionals(upgraded(model, inputSizes), inputSizes))
  const lowered = lowerEinsum(lowerGatherNd(noted, inputSizes), inputSizes)
  const inferred = inferTypes(lowered, inputSizes, { unknown: 'collect' })
  const folded = foldConstants(lowered, inferred)
  const rank = (tensor: string) => inferred.types.get(tensor)?.shape.length
  const { model: merged, refused } = mergeBatchNorm
    ? mergeBatchNorms(folded, rank)
    : { model: folded, refused: [] }
  const canonized = hasBatchElsewhere(inferred) ? batchFirst(merged, inputSizes) : merged
  verify(canonized)
  return { model: canonized, refused }
}

function floatInput(model: Model): string {
  const inputs = model.graph.inputs.filter((input) => !model.graph.initializers.has(input.name))
  const [only] = inputs
  if (only && inputs.length === 1 && only.dataType === 'float32') return only.name
  const found = inputs.map((input) => `${input.name} (${input.dataType})`).join(', ')
  throw new LrpError('model-not-supported', `a model needs exactly one float32 input, this one has: ${found}`)
}

/** What is analysed, and how far. */
export interface AnalyseOptions {
  /** 'throw' (the default): one error that names every node which relevance cannot pass. 'collect': they are listed. */
  readonly unsupported?: 'throw' | 'collect'
}

/** The part of a model whose types are known: all of it but what a node without shape inference leads to. */
function typedPart(model: Model, types: InferredTypes['types']): Model {
  const isTyped = (name: string) => name === '' || types.has(name)
  const { graph } = model
  const nodes = graph.nodes.filter(({ outputs }) => outputs.every(isTyped))
  return { ...model, graph: { ...graph, nodes, outputs: graph.outputs.filter(({ name }) => isTyped(name)) } }
}

/** Types as far as they can be told. Throws what is wrong with the model itself or its input. */
function knownTypes(model: Model, inputSizes: InputSizes): InferredTypes {
  try {
    return inferTypes(model, inputSizes)
  } catch (error) {
    if ((error as OnnxError).code !== 'model-not-supported') throw error
    return inferTypes(model, inputSizes, { unknown: 'collect' })
  }
}

/**
 * The layers of a canonized model for a given input size (all axes but the batch, by input name; needed where
 * the model leaves them open). Throws `model-not-supported` naming every node that relevance cannot pass, unless such
 * nodes are collected; what lies behind a node whose type is not known is no layer then.
 */
export function analyse(
  model: Model,
  inputSizes: InputSizes = {},
  options: AnalyseOptions = {},
): Explainable {
  const input = floatInput(model)
  const { types, unknown } = knownTypes(model, inputSizes)
  const facts = new GraphFacts(typedPart(model, types), types)
  const layers = recogniseLayers(facts)
  const untyped = unknown.map((problem) => ({ ...problem, needs: `an implementation of ${problem.op}` }))
  const unsupported = [...unsupportedLayers(layers), ...untyped]
  if (unsupported.length > 0 && options.unsupported !== 'collect') throw unsupportedError(unsupported)
  return { model, facts, layers, lookup: new LayerLookup(layers), input, unsupported }
}

const probabilityOps = ['Softmax', 'LogSoftmax', 'Sigmoid']

/** The node that turns logits into the model's output (Identity nodes may stand behind it), or null. */
export function probabilityNode({ graph }: Model, output = graph.outputs[0]!.name): Node | null {
  const made = producers(graph)
  let node = made.get(output)
  while (node?.op === 'Identity') node = made.get(node.inputs[0]!)
  return node && probabilityOps.includes(node.op) ? node : null
}

/**
 * The layer at whose output relevance starts (api.md, `output.start`): the model's output, or with `logits`
 * what a trailing Softmax, LogSoftmax or Sigmoid is computed from.
 */
export function startLayer(
  { model, layers, unsupported }: Explainable,
  start: 'logits' | 'output',
  output = model.graph.outputs[0]!.name,
): Layer {
  const probability = start === 'logits' ? probabilityNode(model, output) : null
  const wanted = probability?.inputs[0] ?? output
  const found = layers.find((layer) => layer.output === wanted)
  if (found) return found
  if (unsupported.length > 0) throw unsupportedError(unsupported)
  throw new LrpError('unknown-output', `the output ${output} does not depend on the input`)
}

/** The layers that relevance passes on its way from a layer's output to the input, that layer among them. */
export function layersBelow({ layers }: Pick<Explainable, 'layers'>, start: Layer): readonly Layer[] {
  const reached = new Set([start.output])
  const below = [...layers].reverse().filter((layer) => {
    if (!reached.has(layer.output)) return false
    for (const name of layer.inputs) reached.add(name)
    return true
  })
  return below.reverse()
}
