import type { NodeSupport, SupportReport } from '@crp-serve/contracts'
import { conserves } from '@crp-serve/crp'
import {
  type Assigned,
  type CompositeSpec,
  type Explainable,
  type Layer,
  layersBelow,
  mergesBatchNorm,
  type Refusal,
  type Rule,
  startLayer,
} from '@crp-serve/lrp'
import type { Node, TensorType } from '@crp-serve/onnx'
import { ruleOf } from './list-layers.ts'
import { locatedRules } from './located-rules.ts'
import { nodeMultiplications } from './work.ts'

/** What a report is about. */
export interface SupportRequest {
  readonly composite: CompositeSpec
  readonly start: 'logits' | 'output'
  /** Why batch norms were not merged, as the inspection found it. */
  readonly refused: readonly Refusal[]
}

type Nodes = SupportReport['nodes']

/** Why a rule only approximates what its layer computes, or null. */
function approximation({ type, inputs }: Layer, { name }: Rule): string | null {
  if (name !== 'pass') return null
  if (type === 'batch_norm') return 'the batch norm was not merged: relevance passes over its scale and shift'
  return inputs.length > 1 ? 'the signal of the product takes all of the relevance, its gates get none' : null
}

function onLayer(layer: Layer, assigned: Assigned, needed: boolean): Omit<NodeSupport, 'node' | 'op'> {
  const { obstacle } = layer
  const reason = obstacle?.reason ?? approximation(layer, assigned.rule)
  return {
    layer: layer.name,
    needed,
    supported: obstacle === null,
    ...ruleOf(layer, assigned),
    exact: reason === null,
    conserving: obstacle === null && conserves(layer, assigned.rule),
    reason,
    needs: obstacle?.needs ?? null,
  }
}

const noRelevance = {
  layer: null,
  needed: false,
  supported: true,
  rule: null,
  because: 'it carries no relevance: constants, sizes or indices',
  exact: true,
  conserving: true,
  reason: null,
  needs: null,
} as const

/** A node whose types are not known, for itself or for what lies before it. */
function untyped({ name }: Node, { unsupported }: Explainable): Omit<NodeSupport, 'node' | 'op'> {
  const own = unsupported.find(({ node }) => node === name)
  const reason = own?.reason ?? 'a node before it is not supported'
  return {
    layer: null,
    needed: true,
    supported: false,
    rule: null,
    because: `relevance cannot pass: ${reason}`,
    exact: false,
    conserving: false,
    reason,
    needs: own?.needs ?? 'support of the nodes before it',
  }
}

/** The layers between the start of the relevance and the input; all where the start itself cannot be told. */
function neededLayers(explainable: Explainable, start: SupportRequest['start']): ReadonlySet<Layer> {
  try {
    return new Set(layersBelow(explainable, startLayer(explainable, start)))
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'model-not-supported') throw error
    return new Set(explainable.layers)
  }
}

const share = (part: number, whole: number): number | null =>
  whole > 0 && Number.isFinite(part / whole) ? part / whole : null

/** Shares of what relevance has to pass that it can pass. */
function shares(entries: Nodes, graphNodes: readonly Node[], types: ReadonlyMap<string, TensorType>) {
  const sum = (supportedOnly: boolean, weigh: (node: Node) => number) =>
    graphNodes.reduce((total, node, i) => {
      const { needed, supported } = entries[i]!
      return needed && (supported || !supportedOnly) ? total + weigh(node) : total
    }, 0)
  const of = (weigh: (node: Node) => number) => share(sum(true, weigh), sum(false, weigh))
  return { nodes: of(() => 1), flops: of((node) => nodeMultiplications(node, types)) }
}

function unmerged(nodes: readonly Node[], { composite, refused }: SupportRequest) {
  const reasons = new Map(refused.map(({ node, reason }) => [node, reason]))
  const otherwise = mergesBatchNorm(composite)
    ? 'it was left alone'
    : 'the composite asks for none to be merged'
  return nodes
    .filter(({ op }) => op === 'BatchNormalization')
    .map(({ name }) => ({
      node: name,
      reason: (mergesBatchNorm(composite) ? reasons.get(name) : undefined) ?? otherwise,
    }))
}

/**
 * What of a model can be explained with a composite, node by node.
 * @throws errors of the composite, with pointers
 */
export function supportOf(
  explainable: Explainable,
  request: SupportRequest,
): Omit<SupportReport, 'model' | 'composite'> {
  const { model, layers } = explainable
  const rules = locatedRules(explainable, request.composite)
  const needed = neededLayers(explainable, request.start)
  const layerOf = new Map(
    layers.flatMap((layer) => layer.nodes.map((node) => [node, layer] as const)).reverse(),
  )
  const { types } = explainable.facts
  const isTyped = ({ outputs }: Node) => outputs.every((name) => name === '' || types.has(name))
  const nodes = model.graph.nodes.map((node): NodeSupport => {
    const layer = layerOf.get(node)
    const found = layer
      ? onLayer(layer, rules.get(layer)!, needed.has(layer))
      : isTyped(node)
        ? noRelevance
        : untyped(node, explainable)
    return { node: node.name, op: node.op, ...found }
  })
  return {
    explainable: nodes.every((node) => node.supported || !node.needed),
    share: shares(nodes, model.graph.nodes, types),
    nodes,
    unmerged_batch_norms: unmerged(model.graph.nodes, request),
  }
}
